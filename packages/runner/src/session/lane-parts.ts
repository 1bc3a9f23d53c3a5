// What the stages of one session's lane work with.
import type { SessionKey } from '@runnel/shared';
import type { TurnParts } from '../turn/turn-parts.ts';
import type { HeldPrompts } from './held-prompts.ts';
import type { PromptQueue } from './prompt-queue.ts';

export type LaneParts = TurnParts & {
  readonly session: SessionKey;
  readonly queue: PromptQueue;
  readonly held: HeldPrompts;
};

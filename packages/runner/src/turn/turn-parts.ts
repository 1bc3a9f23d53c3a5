// What the stages of a turn work with.
import type { EventDraft, InboxReader, ReplySink, SessionKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { AgentProvider } from '../agent/agent-provider.ts';
import type { HeldLease } from '../lease/hold-lease.ts';
import type { SessionFiles } from '../session/session-files.ts';
import type { ManifestWriter } from '../store/manifest-writer.ts';
import type { TurnSlots } from './turn-slots.ts';

export type TurnParts = {
  readonly lease: HeldLease;
  readonly delivery: InboxReader;
  readonly manifest: ManifestWriter;
  readonly files: SessionFiles;
  readonly provider: AgentProvider;
  readonly replies: ReplySink;
  readonly slots: TurnSlots;
  /** The ts of the live card of a turn that stands in the thread. */
  readonly cardOf: (turn: string) => string | undefined;
  /** From Slack's encoding to plain text. */
  readonly decode: (text: string) => string;
  readonly tell: (draft: EventDraft) => void;
  /** An entry was acknowledged, or is gone from the inbox. */
  readonly letGo: (identity: string) => void;
  readonly callTimeoutMs: number;
  /** In a turn that takes longer, the files are saved this often. */
  readonly checkpointMs: number;
  /** Aborted when this runner may do nothing more: its lease is lost, or its drain is over. */
  readonly over: AbortSignal;
  readonly log: Logger;
};

/** A prompt in hand, with the edits that came before its turn. */
export type Prompt = {
  readonly id: string;
  readonly identity: string;
  readonly session: SessionKey;
  readonly author: string;
  /** Slack ts of the message. */
  readonly ts: string;
  readonly fileNames: readonly string[];
  /** As Slack sent it, or as the last edit left it. */
  text: string;
  /** Acknowledged together with the prompt: until then they change it again after a crash. */
  readonly edits: { readonly id: string; readonly identity: string }[];
};

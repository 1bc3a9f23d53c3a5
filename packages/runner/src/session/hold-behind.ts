// Stage: what waits when a stop comes is not run. Prompts are held for a choice; a parked turn is over, whatever was decided about it.
import type { EntryRef } from '@runnel/shared';
import type { Asked, AskedChange, HeldChange } from '../store/session-store.ts';
import type { Prompt } from '../turn/turn-parts.ts';
import type { HeldChoices } from './held-choices.ts';
import type { Holding } from './held-prompts.ts';
import type { LaneParts } from './lane-parts.ts';
import { withEdits } from './prompt-queue.ts';
import type { SessionAsks } from './session-asks.ts';

export type HeldBehind = {
  readonly held: HeldChange;
  readonly asked: AskedChange;
  readonly holding: Holding | undefined;
  /** What it took back: their cards decide nothing any more. */
  readonly parked: readonly Asked[];
  /** Settled with the stop. */
  readonly entries: readonly EntryRef[];
};

type HoldParts = Pick<LaneParts, 'queue' | 'held'> & { readonly choices: HeldChoices; readonly asks: SessionAsks };
type Stopped = { readonly stop: EntryRef; readonly stopped: readonly Prompt[] };

export function holdBehind({ queue, held, choices, asks }: HoldParts, { stop, stopped }: Stopped): HeldBehind {
  queue.withdraw(stopped);
  const fresh = stopped.filter((prompt) => prompt.revivedBy === undefined);
  const entries = [...fresh.flatMap(withEdits), ...choices.takeBefore(stop.id)];
  const messages = stopped.filter((prompt) => prompt.resumes === undefined);
  const { change, holding } = held.holdBehind(stop.identity, messages);
  const { change: asked, gone: parked } = asks.parked.letGoOfAll();
  return { held: change, asked, holding, parked, entries };
}

// What the manifest holds after a write: prompts behind a stop, until each has its answer.
import { messageOf, type Ref } from './messages.ts';
import type { RunnerMoves } from './runner-moves.ts';
import type { Task } from './runner-part.ts';
import type { Held } from './state.ts';

/** One that was held is answered by this write: the next one's tries count from this one on. */
export function heldAfter(
  { moves, runner }: RunnerMoves,
  { entries: [first] }: Pick<Task, 'entries'>,
): {
  held?: Held | undefined;
} {
  const { held } = moves.state.manifest;
  const message = first === undefined ? undefined : messageOf(first.name);
  const isHeld = message?.kind === 'revived' && moves.keeps('what is answered is held no longer');
  if (!isHeld || held === undefined) return {};
  const names = held.names.filter((name) => name !== message.target);
  const tries = moves.state.store.keys.tries.find(({ id }) => id === runner.revived?.id)?.n ?? 1;
  return { held: names.length === 0 ? undefined : { ...held, names, triesBefore: tries - 1 } };
}

/** What waits behind a stop is not run: it is held with it, and what was held before with that. */
export function heldBehind(own: RunnerMoves, stop: Ref, { waiting, running }: Behind): Held | undefined {
  const before = running === undefined ? own.moves.state.manifest.held : leftOf(own, running);
  const isRevived = own.runner.revived !== undefined && own.runner.revived.id < stop.id;
  const stopped = waiting.length + (isRevived ? (before?.names.length ?? 0) : 0);
  if (stopped === 0 || !own.moves.keeps('what waits is held with its stop')) return before;
  return { by: stop.name, names: [...(before?.names ?? []), ...waiting.map(({ name }) => name)], triesBefore: 0 };
}

export type Behind = { readonly waiting: readonly Ref[]; readonly running?: Task };

function leftOf(own: RunnerMoves, running: Task): Held | undefined {
  const after = heldAfter(own, running);
  return 'held' in after ? after.held : own.moves.state.manifest.held;
}

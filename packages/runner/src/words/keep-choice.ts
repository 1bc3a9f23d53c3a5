// Stage: what a person chose is kept: of a thread that has begun for that one, else for all that they begin from then on, this one included.
import type { SessionKey } from '@runnel/shared';
import type { Chosen } from '../store/session-store.ts';
import type { TurnParts } from '../turn/turn-parts.ts';

type KeepingParts = Pick<TurnParts, 'agents' | 'manifest'>;

/** Takes a choice back. */
export const DEFAULT = 'default';

/** Resolves to where it holds. The person's first, so that a word that is heard twice finds the thread as it was. */
export async function keepChoice(
  { agents, manifest }: KeepingParts,
  { session, isBegun }: { readonly session: SessionKey; readonly isBegun: boolean },
  change: (chosen: Chosen | undefined) => Chosen,
): Promise<'thread' | 'threads'> {
  const chosen = change(agents.chosenIn(session));
  if (!isBegun) await manifest.writeChosen(change);
  await manifest.write(session, (record) => ({
    provider: agents.nameOf(session),
    covered: [],
    ...record,
    chosen,
    updatedAt: Date.now(),
  }));
  return isBegun ? 'thread' : 'threads';
}

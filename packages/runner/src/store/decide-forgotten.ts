// Policy: what a manifest still says once its person is forgotten.
import type { SessionKey } from '@runnel/shared';
import type { Manifest, SessionRecord } from './session-store.ts';

type Records = readonly (readonly [SessionKey, SessionRecord])[];

/** The message whose person wants to be forgotten, which nobody has done yet. */
export function forgettingIn(sessions: Records): { session: SessionKey; message: string } | undefined {
  for (const [session, { forgetting: message }] of sessions) if (message !== undefined) return { session, message };
  return undefined;
}

/**
 * What keeps entries that are still in the inbox from being answered twice, and what brings the turn of that message back: nothing else.
 * `isInHand`: whether an entry is in the inbox.
 */
export function decideForgotten(
  sessions: Records,
  { session: own, message }: { session: SessionKey; message: string },
  isInHand: (identity: string) => boolean,
): Manifest['sessions'] {
  return Object.fromEntries(
    sessions.flatMap(([session, { provider, covered, updatedAt, asked = [], held }]) => {
      const owed = covered.filter(({ identity }) => isInHand(identity));
      const bare = { provider, covered: owed, updatedAt };
      if (session !== own) return owed.length === 0 ? [] : [[session, bare]];
      const ask = asked.filter(({ isParked, prompt }) => isParked && prompt.identity === message);
      const prompts = held?.prompts.filter(({ identity }) => identity === message) ?? [];
      const keptHeld = held === undefined || prompts.length === 0 ? {} : { held: { ...held, prompts } };
      return [[session, { ...bare, ...keptHeld, asked: ask, forgetting: message }]];
    }),
  );
}

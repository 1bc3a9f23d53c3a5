// Whoever waits for a free runner sees their place in the queue, and sees it change.
import type { LaunchQueue, UserKey } from '@runnel/shared';
import type { PersonTeller } from './tell-person.ts';

/** Each call is one look. Two launchers telling the same place are harmless. */
export function queuePlaceTeller(queue: LaunchQueue, teller: PersonTeller): () => Promise<void> {
  let seen = new Map<UserKey, { place: number; told: number }>();
  return async () => {
    const waiting = new Map<UserKey, { place: number; told: number }>();
    for (const { user, place } of await queue.waiting()) waiting.set(user, { place, told: seen.get(user)?.told ?? 0 });
    for (const [user, one] of waiting) {
      // A job that is only passing through waits at no two looks.
      if (!seen.has(user) || one.told === one.place) continue;
      await teller.line(user, `is waiting for a free runner: ${ordinal(one.place)} in line`);
      one.told = one.place;
    }
    seen = waiting;
  };
}

function ordinal(place: number): string {
  const endings = new Map([
    ['one', 'st'],
    ['two', 'nd'],
    ['few', 'rd'],
  ]);
  return `${place}${endings.get(new Intl.PluralRules('en', { type: 'ordinal' }).select(place)) ?? 'th'}`;
}

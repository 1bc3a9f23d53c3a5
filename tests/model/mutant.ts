// A mutant: a world that is safe, and the one thing that is taken out of it.
import type { Edit } from './script-text.ts';
import type { Fault, Rule, World } from './world.ts';

export type Place = Omit<World, 'name' | 'without' | 'edits' | 'holdsContract'>;

export type Mutant = {
  readonly name: string;
  readonly place: Place;
  readonly edits?: readonly Edit[];
  readonly without?: readonly Rule[];
  /** Left out in both worlds: the rule that would repair what the mutant breaks. */
  readonly unrepaired?: readonly Rule[];
  /**
   * It does no harm that anybody sees in these worlds, because another guard stands behind it: it is caught by what the
   * script's contract says.
   */
  readonly byContract?: boolean;
};

/** One prompt that waits, and faults. */
export function oneWaits(faults: readonly Fault[] = [], rest: Place | Partial<Place> = {}): Place {
  return { sends: ['a1'], waiting: 1, faults, atMost: faults.length > 0 ? 1 : 0, ...rest };
}

export function mutatedWorld({ name, place, edits = [], without = [], unrepaired = [], byContract }: Mutant): World {
  return { ...place, name, edits, without: [...without, ...unrepaired], holdsContract: byContract === true };
}

/** The same world with what was taken out put back. */
export function safeWorld({ place, unrepaired = [] }: Mutant): World {
  return { ...place, name: describePlace(place, unrepaired), without: unrepaired };
}

export function describePlace(place: Place, without: readonly Rule[] = []): string {
  const { sends, waiting = 0, sendsBeside = [], faults = [], atMost = 0, drains = 0 } = place;
  const parts: [isSaid: boolean | undefined, text: string][] = [
    [true, sends.map((name, index) => (index < waiting ? `(${name})` : name)).join(' ')],
    [sendsBeside.length > 0, `beside ${sendsBeside.join(' ')}`],
    [place.warm, 'a live runner'],
    [atMost > 0, `${atMost} of ${faults.join(', ')}`],
    [drains > 0, `${drains} drain${drains > 1 ? 's' : ''}`],
    [place.replica, 'a replica'],
    [place.slowClock, 'a slow clock'],
    [place.slowLauncher, 'a slow launcher'],
    [place.slowReading, 'slow readings'],
    [place.wakesGetLost, 'wakes get lost'],
    [place.tellsCauses, 'causes are told'],
    [(place.reopens ?? 0) > 0, 'a reopen'],
    ...Object.entries(place.settings ?? {}).map(([name, value]): [boolean, string] => [true, `${name} ${value}`]),
    ...without.map((rule): [boolean, string] => [true, `without: ${rule}`]),
  ];
  return parts.flatMap(([isSaid, text]) => (isSaid === true ? [text] : [])).join('; ');
}

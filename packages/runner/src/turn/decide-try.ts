// Policy: how often an entry is tried, and how.

/** An entry that ended its runner this often is set aside. */
const MOST_TRIES = 3;

/** The last try runs alone in the pod: whatever ends the runner then, it was this entry, and nothing beside it is blamed. */
export function runsAlone(triesSoFar: number): boolean {
  return triesSoFar + 1 === MOST_TRIES;
}

export function isDeadLetter(tryNumber: number): boolean {
  return tryNumber > MOST_TRIES;
}

// What a person's own repository is called when it is made: after their handle, as far as a forge takes that for a name.

/** `attempt` counts from 1: `ada`, `ada-2`, `ada-3`. */
export function decideRepositoryName(handle: string, attempt: number): string {
  const plain = handle
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{Mark}+/gu, '')
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .slice(0, LONGEST)
    // GitHub keeps names that end so for itself.
    .replace(/(\.(git|wiki|atom))+$/, '')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  const name = plain === '' ? 'repository' : plain;
  return attempt === 1 ? name : `${name}-${attempt}`;
}

/** GitHub takes a hundred; the rest is for the number. */
const LONGEST = 90;

// Policy: which files of a session that is too large stay behind.

export type SizedFile = { readonly path: string; readonly size: number };

/** The fewest that bring the rest under the limit: the largest. Sizes in bytes. */
export function decideLeftOut(files: readonly SizedFile[], limit: number): Set<string> {
  const leftOut = new Set<string>();
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of files.toSorted((one, other) => other.size - one.size)) {
    if (total <= limit) break;
    leftOut.add(path);
    total -= size;
  }
  return leftOut;
}

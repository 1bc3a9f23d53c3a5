// Policy: whether only what changed since a whole archive is packed, or all of it anew.

export type CountedFile = { readonly size: number };

/** A smaller session is packed as fast whole, and then each of its versions can be read without another. */
const LEAST_BYTES = 4 * 1024 ** 2;
/** A layer is packed again in every turn until there is a new whole archive. */
const LARGEST_SHARE = 0.25;
/** What a file without content costs. */
const ENTRY_BYTES = 512;

export function isWorthALayer(changed: readonly CountedFile[], all: readonly CountedFile[]): boolean {
  const whole = bytesOf(all);
  return whole >= LEAST_BYTES && bytesOf(changed) <= whole * LARGEST_SHARE;
}

function bytesOf(files: readonly CountedFile[]): number {
  return files.reduce((sum, { size }) => sum + size + ENTRY_BYTES, 0);
}

// Compares what was offered with what is expected, in constant time: digests have one length, whatever was offered.
import { createHash, timingSafeEqual } from 'node:crypto';

/** Nothing is the same as an empty secret. */
export function isSameSecret(offered: string, expected: string): boolean {
  return expected !== '' && timingSafeEqual(digest(offered), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

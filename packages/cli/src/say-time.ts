// A time of the day, in UTC, to the millisecond: `18:24:01.123`.

/** `at` in milliseconds since the epoch. */
export function sayTime(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

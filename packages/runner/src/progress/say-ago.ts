// How long ago something was, in words.

const UNITS = [
  { unit: 'day', ms: 24 * 3_600_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const;
const words = new Intl.RelativeTimeFormat('en');

/** `3 hours ago`, in whole units of the largest that fits. */
export function sayAgo(ms: number): string {
  const largest = UNITS.find((one) => ms >= one.ms);
  return largest === undefined ? 'just now' : words.format(-Math.floor(ms / largest.ms), largest.unit);
}

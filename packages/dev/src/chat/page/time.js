// Slack's timestamps and durations, in words.

/** @param {string} ts seconds with six decimals */
export function dateOf(ts) {
  return new Date(Number(ts) * 1000);
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en', { weekday: 'long', month: 'long', day: 'numeric' });

/** @param {string} ts */
export function clock(ts) {
  return CLOCK.format(dateOf(ts));
}

/** @param {string} ts */
export function fullTime(ts) {
  return dateOf(ts).toLocaleString();
}

/** @param {string} ts */
export function day(ts) {
  const date = dateOf(ts).toDateString();
  const now = Date.now();
  if (date === new Date(now).toDateString()) return 'Today';
  if (date === new Date(now - 86_400_000).toDateString()) return 'Yesterday';
  return DAY.format(dateOf(ts));
}

/**
 * @param {number} since milliseconds since 1970
 * @returns {string} such as `12 s`, `4 min`, `2 h`
 */
export function duration(since) {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

// Policy: which messages of a history are taken, and in which order.
import type { SaidMessage } from './conversation-history.ts';

/** Slack gives the root of a thread whatever was asked for, and the messages of a channel newest first. `after` is a ts. */
export function decideMissed(said: readonly SaidMessage[], after: string): SaidMessage[] {
  const from = micros(after);
  return said.filter(({ ts }) => micros(ts) > from).toSorted((one, other) => micros(one.ts) - micros(other.ts));
}

/** As a whole number: a fraction has no room for the last digits. */
function micros(ts: string): number {
  return Number(ts.replace('.', ''));
}

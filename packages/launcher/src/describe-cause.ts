// What a person reads about the end of their runner, in plain words.

export type CauseFacts = {
  /** The memory ceiling, in bytes. */
  readonly memoryBytes: number;
  /** Until the next start; 0 or less when nothing holds it back. */
  readonly retryInMs: number;
  /** It failed so many times in a row that the starts are far apart now. */
  readonly circuitOpen: boolean;
  readonly failures: number;
  /** How many messages wait. */
  readonly backlog: number;
};

/** `cause` is a word of the lease, perhaps one that a newer launcher wrote. */
export function describeCause(cause: string, facts: CauseFacts): string {
  const kept = facts.backlog > 1 ? `your ${facts.backlog} messages are kept` : 'your message is kept';
  const next = facts.retryInMs > 0 ? `I start it again in ${duration(facts.retryInMs)}` : 'I start it again now';
  if (!facts.circuitOpen) return `${whatHappened(cause, facts)} ${next}; ${kept}.`;
  const streak = `That was ${facts.failures} times in a row, so from now on I try once every ${duration(facts.retryInMs)}`;
  return `${whatHappened(cause, facts)} ${streak}; ${kept}.`;
}

function whatHappened(cause: string, facts: CauseFacts): string {
  if (cause === 'memory') return `Your runner ran out of its ${size(facts.memoryBytes)} of memory and was ended.`;
  if (cause === 'pod_start_failed') return 'Your runner could not be started.';
  return 'Your runner ended unexpectedly.';
}

function size(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  return gib >= 1 ? `${round(gib)} GiB` : `${round(bytes / 1024 ** 2)} MiB`;
}

function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

// What a person reads about the end of their runner, in plain words.
import { readCause } from './cause-words.ts';
import type { EndCause } from './decide-end.ts';

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

/** `words` are those of the lease (`writeCause`), or `waits_for_machine`. */
export function describeCause(words: string, facts: CauseFacts): string {
  const kept = facts.backlog > 1 ? `your ${facts.backlog} messages are kept` : 'your message is kept';
  if (words === 'waits_for_machine') {
    return `Your runner waits for a machine: the cluster has no room for it right now. It starts by itself as soon as there is one; ${kept}.`;
  }
  const next = facts.retryInMs > 0 ? `I start it again in ${duration(facts.retryInMs)}` : 'I start it again now';
  if (!facts.circuitOpen) return `${whatHappened(words, facts)} ${next}; ${kept}.`;
  const streak = `That was ${facts.failures} times in a row, so from now on I try once every ${duration(facts.retryInMs)}`;
  return `${whatHappened(words, facts)} ${streak}; ${kept}.`;
}

const HAPPENED: ReadonlyMap<string, string> = new Map<EndCause, string>([
  ['pod_start_failed', 'Your runner could not be started.'],
  ['start_timeout', 'Your runner took too long to start and was ended.'],
  ['storage', 'Your runner filled its disk and was ended.'],
  ['image', 'Your runner could not be started, for its image cannot be fetched; the operator has been told.'],
  ['unschedulable', 'No machine was found for your runner; the operator has been told.'],
  ['quota', 'Your runner could not be started, for the quota of your team is used up; the operator has been told.'],
  ['refused', 'Your runner could not be started, for a policy of the cluster refuses it; the operator has been told.'],
  [
    'configuration',
    'Your runner could not be started, for something that it needs is missing; the operator has been told.',
  ],
  ['evicted', 'Your runner had to leave its machine.'],
  ['preempted', 'Your runner had to make room on its machine.'],
  ['deadline', 'Your runner lived longer than a runner may and was ended.'],
]);

function whatHappened(words: string, facts: CauseFacts): string {
  const { cause, missing } = readCause(words);
  if (cause === 'configuration' && missing !== undefined) {
    return `Your runner could not be started, for the ${missing} is missing; the operator has been told.`;
  }
  if (cause === 'memory') return `Your runner ran out of its ${size(facts.memoryBytes)} of memory and was ended.`;
  return HAPPENED.get(cause) ?? 'Your runner ended unexpectedly.';
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

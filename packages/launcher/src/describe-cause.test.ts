import { expect, test } from 'vitest';
import { describeCause } from './describe-cause.ts';

const facts = { memoryBytes: 1.5 * 1024 ** 3, retryInMs: 5_000, circuitOpen: false, failures: 1, backlog: 1 };

test.for([
  [
    'memory',
    {},
    'Your runner ran out of its 1.5 GiB of memory and was ended. I start it again in 5 s; your message is kept.',
  ],
  [
    'memory',
    { memoryBytes: 100 * 1024 ** 2 },
    'Your runner ran out of its 100 MiB of memory and was ended. I start it again in 5 s; your message is kept.',
  ],
  [
    'start_timeout',
    {},
    'Your runner took too long to start and was ended. I start it again in 5 s; your message is kept.',
  ],
  ['crash', { backlog: 3 }, 'Your runner ended unexpectedly. I start it again in 5 s; your 3 messages are kept.'],
  ['crash', { retryInMs: -20 }, 'Your runner ended unexpectedly. I start it again now; your message is kept.'],
  [
    'pod_start_failed',
    { retryInMs: 80_000 },
    'Your runner could not be started. I start it again in 80 s; your message is kept.',
  ],
  [
    'crash',
    { circuitOpen: true, failures: 8, retryInMs: 599_900 },
    'Your runner ended unexpectedly. That was 8 times in a row, so from now on I try once every 10 min; your message is kept.',
  ],
  ['evicted', { retryInMs: 0 }, 'Your runner had to leave its machine. I start it again now; your message is kept.'],
  [
    'configuration secret runnel-runner',
    {},
    'Your runner could not be started, for the secret runnel-runner is missing; the operator has been told. I start it again in 5 s; your message is kept.',
  ],
  [
    'quota',
    {},
    'Your runner could not be started, for the quota of your team is used up; the operator has been told. I start it again in 5 s; your message is kept.',
  ],
  [
    'waits_for_machine',
    { backlog: 2 },
    'Your runner waits for a machine: the cluster has no room for it right now. It starts by itself as soon as there is one; your 2 messages are kept.',
  ],
  ['a word of a newer launcher', {}, 'Your runner ended unexpectedly. I start it again in 5 s; your message is kept.'],
] as const)('%s, %o', ([cause, own, text]) => {
  expect(describeCause(cause, { ...facts, ...own })).toBe(text);
});

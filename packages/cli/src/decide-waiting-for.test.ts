import type { Lease, StepRecord } from '@runnel/shared';
import { expect, test } from 'vitest';
import { decideUnknown, decideWaitingFor } from './decide-waiting-for.ts';
import type { Fleet, MessageFacts } from './message-facts.ts';

const NOW = 1_700_000_100_000;
const GENERATION = '1700000000000';
const MESSAGE = 'T0:D0:1700000000.000100';

const fleet: Fleet = { launchers: 1, cap: 40, live: 3, waiting: 0 };
const nobody = { generation: GENERATION, owner: '', deadline: 0, failures: 0, notBefore: 0, now: NOW };
const idle: Lease = { ...nobody, state: 'idle' };
const launching: Lease = { ...idle, state: 'launching' };
const running: Lease = { ...idle, state: 'running', owner: 'pod-1', deadline: NOW + 10_000 };

const facts: MessageFacts = {
  user: 'T0:U0',
  identity: MESSAGE,
  isSeen: true,
  entry: { since: NOW - 5_000, tries: 0, ahead: 0 },
  lease: idle,
  isCircuitOpen: false,
  fleet,
  records: [],
};
const { entry: _entry, ...gone } = facts;

function step(name: StepRecord['step'], more: Partial<StepRecord> = {}): StepRecord {
  const own = { generation: GENERATION, owner: 'pod-1', identities: [MESSAGE] };
  return { step: name, at: NOW - 4_000, ms: 2, process: 'runner', place: '7@host', outcome: 'ok', ...own, ...more };
}
/** Written while it is under way. */
function open(name: StepRecord['step'], at: number): StepRecord {
  const { ms: _ms, outcome: _outcome, ...record } = step(name, { at });
  return record;
}
const begun = (n: number): StepRecord => step('begin', { outcome: 'try', try: n });
const taken = step('enqueue', { outcome: 'queued' });

function served(records: readonly StepRecord[], tries = 1): MessageFacts {
  return { ...facts, lease: running, entry: { since: NOW - 5_000, tries, ahead: 0 }, records: [taken, ...records] };
}

test.each<[string, MessageFacts, RegExp]>([
  ['nobody serves it', facts, /^Nobody serves it; the sweeper launches a runner within SWEEP_INTERVAL, 3 s/],
  ['no launcher runs', { ...facts, fleet: { ...fleet, launchers: 0 } }, /^Nobody serves it: no launcher is running/],
  [
    'it is in line and the cap is reached',
    { ...facts, lease: launching, fleet: { ...fleet, place: 3, waiting: 12, live: 40 } },
    /^It waits for its turn: place 3 of 12, the cap of 40 runners is reached\.$/,
  ],
  [
    'it is in line and there is room',
    { ...facts, lease: launching, fleet: { ...fleet, place: 1, waiting: 1 } },
    /^It waits for its turn: place 1 of 1, 3 of at most 40 runners are there/,
  ],
  [
    'its wake was lost',
    { ...facts, lease: launching },
    /^Its launch \(generation 1700000000000\) has no place in the queue/,
  ],
  [
    'a launcher is at it',
    { ...facts, lease: launching, fleet: { ...fleet, stage: { stage: 'starting', since: NOW - 2_000 } } },
    /^A launcher has its launch .* in hand: starting, for 2 s\.$/,
  ],
  [
    'it is in line and no launcher runs',
    { ...facts, lease: launching, fleet: { ...fleet, place: 1, waiting: 1, launchers: 0 } },
    /^Nobody serves it: no launcher is running/,
  ],
  [
    'its runner has gone silent',
    { ...facts, lease: { ...running, deadline: NOW - 3_000 } },
    /^Its runner \(generation 1700000000000, pod pod-1\) has not renewed .* ran out 3 s ago; the sweeper/,
  ],
  [
    'its runner failed',
    {
      ...facts,
      lease: { ...idle, failures: 2, notBefore: NOW + 10_000 },
      entry: { since: 0, tries: 2, ahead: 0 },
      records: [step('end', { source: 'memory' })],
    },
    /^Its runner failed 2 times in a row \(memory\); the next one starts in 10 s\. It was begun 2 times before\.$/,
  ],
  [
    'the circuit is open',
    { ...facts, isCircuitOpen: true, lease: { ...idle, failures: 8, notBefore: NOW + 600_000 } },
    /^Its runner failed 8 times in a row; the next one starts in 10 min\. Starts are far apart/,
  ],
  [
    'others of its thread stand before it',
    { ...served([]), entry: { since: 0, tries: 0, ahead: 2 } },
    /^It waits for the 2 messages before it in its thread\. Its runner .* is awake\.$/,
  ],
  ['its third try waits for the others', served([], 2), /^It ended its runner twice, so its third try waits/],
  ['all turns are taken', served([], 0), /is awake and has not begun it: .*RUNNER_TURN_CONCURRENCY/],
  [
    'it cannot be begun',
    served([step('begin', { outcome: 'redis_unreachable', why: 'gone' })], 0),
    /cannot begin it \(redis_unreachable: gone\), and tries again/,
  ],
])('%s', (_, given, sentence) => {
  expect(decideWaitingFor(given)).toEqual({ state: 'waiting', sentence: expect.stringMatching(sentence) });
});

test.each<[string, MessageFacts, RegExp]>([
  [
    'its turn runs',
    served([begun(2), open('run', NOW - 240_000 + 1), open('archive', NOW - 1_000)]),
    /^Its runner \(generation 1700000000000, pod pod-1\) has been running its turn for 4 min\. It is try 2\.$/,
  ],
  [
    'its session is brought back',
    served([begun(1), open('restore', NOW - 3_000)]),
    /bringing back its session for 3 s/,
  ],
  [
    'its answer is being posted',
    served([begun(1), step('run'), open('post', NOW - 3_000)]),
    /has been posting it for 3 s/,
  ],
  [
    'Slack does not take its answer',
    served([begun(1), step('run'), step('post', { outcome: 'slack_unavailable', why: 'no answer' })]),
    /^Its answer is ready, but Slack does not take it \(slack_unavailable: no answer\)\. .* posts it again/,
  ],
  [
    'its session cannot be saved',
    served([begun(1), step('run'), step('manifest', { outcome: 'store_unavailable', why: 'disk full' })]),
    /cannot go on at manifest \(store_unavailable: disk full\), and tries again/,
  ],
  ['it was just begun', served([begun(1)]), /is at work on it; the last step was begin\. It is try 1\.$/],
])('its runner works: %s', (_, given, sentence) => {
  expect(decideWaitingFor(given)).toEqual({ state: 'working', sentence: expect.stringMatching(sentence) });
});

test('what a runner before this one had begun says nothing about this one', () => {
  const earlier = [begun(1), open('run', NOW - 90_000)].map((one) => ({ ...one, generation: '1' }));
  expect(decideWaitingFor(served(earlier)).sentence).toMatch(/is awake and has not begun it/);
});

const posted = step('post', { at: NOW - 1_000, ms: 100 });
const acknowledged = step('acknowledge', { at: NOW - 900 });
/** It has an identity of its own then, made of the message's. */
const revived = { ...begun(1), at: NOW, identities: [`${MESSAGE}~T0:D0:2.0`] };

test.each<[string, MessageFacts, RegExp]>([
  [
    'answered at the second try',
    { ...gone, records: [taken, begun(1), begun(2), posted, acknowledged] },
    /^answered: It was answered at 22:14:59\.100, 3 s after it came, at try 2\.$/,
  ],
  [
    'Slack refuses the answer',
    {
      ...gone,
      records: [taken, begun(1), step('post', { outcome: 'slack_refused', why: 'is_archived' }), acknowledged],
    },
    /^settled: Slack refuses the answer \(slack_refused: is_archived\), so it stands in the manifest alone/,
  ],
  [
    'taken back',
    { ...gone, records: [taken, acknowledged] },
    /^settled: It was done with at 22:14:59.102, without a turn of its own/,
  ],
  [
    'held by a Stop',
    { ...gone, records: [taken, posted, acknowledged] },
    /^answered: It was answered at .*, without a turn of its own: a Stop held it or took it back/,
  ],
  [
    'held by a Stop and begun when somebody chose so',
    { ...gone, records: [taken, posted, acknowledged, revived] },
    /^working: A Stop held it until somebody chose to have it run; its turn was begun at 22:15:00\.000, try 1\.$/,
  ],
  [
    'held by a Stop and answered after all',
    { ...gone, records: [taken, posted, acknowledged, revived, { ...posted, at: NOW + 500 }] },
    /^answered: It was answered at 22:15:00\.600/,
  ],
  [
    'parked with what its agent asked',
    { ...gone, records: [taken, begun(1), acknowledged] },
    /^settled: .*, and nothing was said yet: its agent asked something/,
  ],
  [
    'done with, and nobody wrote it down',
    { ...gone, records: [taken] },
    /^settled: It was taken and is done with, but its trace/,
  ],
  [
    'an acknowledgement that came too late is none',
    { ...gone, isSeen: false, records: [taken, step('acknowledge', { outcome: 'lost' })] },
    /^unknown: It was taken, but Redis knows nothing of it any more/,
  ],
  [
    'the inbox was full',
    { ...gone, isSeen: false, records: [step('enqueue', { outcome: 'full' })] },
    /^settled: It was refused, .*INBOX_LIMIT/,
  ],
  [
    'it could not be appended',
    { ...gone, isSeen: false, records: [step('enqueue', { outcome: 'not_durable', why: '0 of 1 replicas' })] },
    /^unknown: Ingress could not append it \(not_durable: 0 of 1 replicas\); Slack delivers it again/,
  ],
  [
    'a dead letter',
    { ...gone, dead: { cause: 'too_many_tries', at: NOW }, records: [taken, begun(4), posted, acknowledged] },
    /^dead_letter: It was set aside as a dead letter at 22:15:00\.000 \(too_many_tries: A message ended its runner three times/,
  ],
  ['its trace is gone', { ...gone, isSeen: false, records: [] }, /^unknown: Unknown: its trace is gone/],
])('of what is in no inbox any more: %s', (_, given, verdict) => {
  const { state, sentence } = decideWaitingFor(given);
  expect(`${state}: ${sentence}`).toMatch(verdict);
});

test('a message that nobody knows was never seen, or is too old to know', () => {
  const name = { kind: 'message', team: 'T0', channel: 'C0', ts: String((NOW - 3_600_000) / 1_000) } as const;
  expect(decideUnknown(name, NOW).sentence).toMatch(/^It was never seen: nothing about T0:C0:/);
  expect(decideUnknown(name, NOW + 23 * 3_600_000 + 1).sentence).toMatch(/older than a day/);
  expect(decideUnknown({ ...name, team: '' }, NOW).sentence).toMatch(/nothing about C0:/);
  expect(decideUnknown({ kind: 'event', identity: 'Ev0' }, NOW).sentence).toMatch(/nothing about Ev0 came/);
});

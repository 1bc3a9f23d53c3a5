import { expect, test } from 'vitest';
import { formatDiagnostics } from './format-diagnostics.ts';
import { formatRunners } from './format-runners.ts';
import type { DiagnosedContainer, DiagnosedPod, Diagnostics } from './operations.ts';

const AT = Date.UTC(2026, 10, 21, 21, 57, 38, 209);
const lease = {
  state: 'running',
  generation: '100',
  owner: 'o-1',
  deadline: AT + 3_000,
  failures: 0,
  notBefore: 0,
  now: AT,
};
const runner: DiagnosedContainer = {
  name: 'runner',
  state: { kind: 'running' },
  restarts: 0,
  ready: true,
  logLines: [],
};
const pod: DiagnosedPod = {
  uid: 'u-1',
  generation: '100',
  phase: 'running',
  conditions: [],
  containers: [runner],
  events: [],
};
const nobody: Diagnostics = { name: 'runner-1', user: 'T0:U0ADA', at: AT, unknown: {} };

test('a pod on a cluster: conditions, every container with its states, image and last lines, and the events', () => {
  const found: Diagnostics = {
    ...nobody,
    lease,
    backlog: { entries: 2, oldestAt: AT - 12_000 },
    launch: [
      { stage: 'looking', since: AT - 9_000 },
      { stage: 'image', since: AT - 8_000 },
    ],
    pod: {
      ...pod,
      createdAt: AT - 8_500,
      node: 'node-1',
      conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'not ready: [runner]' }],
      containers: [
        {
          ...runner,
          ready: false,
          state: { kind: 'waiting', reason: 'ImagePullBackOff', message: 'no such image' },
          lastState: { kind: 'ended', exitCode: 137, reason: 'OOMKilled', at: AT - 60_000 },
          restarts: 2,
          image: 'runnel/runner:1',
          imageId: 'sha256:abc',
          logLines: ['first', 'last'],
        },
        { ...runner, name: 'proxy', logFault: 'no answer' },
      ],
      events: [{ at: AT - 5_000, type: 'Warning', reason: 'Failed', message: 'cannot pull', count: 3 }],
    },
  };
  expect(formatDiagnostics(found)).toMatchInlineSnapshot(`
    "Runner runner-1 of T0:U0ADA, on 2026-11-21 at 21:57:38.209 UTC

    lease    running, generation 100, owner o-1, runs out in 3 s
    backlog  2 waiting, the oldest for 12 s
    launch   looking 21:57:29.209, image +1 s

    Pod u-1, generation 100: running on node-1, made 9 s ago
      Conditions
        Ready  False  ContainersNotReady  not ready: [runner]
      Container runner: waiting: ImagePullBackOff: no such image, not ready, restarted 2 times
        the time before: ended with exit code 137 at 21:56:38.209: OOMKilled
        image runnel/runner:1
        image id sha256:abc
          first
          last
      Container proxy: running, ready
        what it wrote cannot be read: no answer
      Events
        21:57:33.209  Warning  Failed (3 times)  cannot pull
    "
  `);
});

test('what is not there is said, and what could not be found out', () => {
  const backingOff = { ...lease, state: 'idle', owner: '', failures: 3, notBefore: AT + 40_000 };
  const ended: DiagnosedPod = { ...pod, phase: 'failed', end: { reason: 'memory' } };
  expect(formatDiagnostics({ ...nobody, lease: backingOff, ended, unknown: { backlog: 'Connection is closed.' } }))
    .toMatchInlineSnapshot(`
    "Runner runner-1 of T0:U0ADA, on 2026-11-21 at 21:57:38.209 UTC

    lease    idle, generation 100, failures in a row: 3, next start in 40 s
    backlog  unknown
    launch   in nobody’s hand

    There is no pod.

    The last one that ended: pod u-1, generation 100: failed (memory)
      Container runner: running, ready
        it wrote nothing

    Not found out: backlog (Connection is closed.)
    "
  `);
});

test('a pod that could not be asked for is not said to be missing', () => {
  const text = formatDiagnostics({ ...nobody, unknown: { pod: 'no route to host' } });
  expect(text).toContain('Not found out: pod (no route to host)');
  expect(text).not.toContain('There is no pod');
});

test('what a runner wrote moves no cursor', () => {
  const logLines = ['\u001b[2J\u001b]0;title\u0007gone\rback', '\u009b31mred', 'tab\there'];
  const text = formatDiagnostics({ ...nobody, pod: { ...pod, containers: [{ ...runner, logLines }] } });
  expect(text).not.toMatch(/(?![\n\t])\p{Cc}/u);
  expect(text).toContain('tab\there');
});

test('who lives, a line each', () => {
  expect(formatRunners([], AT)).toBe('Nobody has a runner now.\n');
  const row = { user: 'T0:U0ADA', name: 'runner-1', generation: '100', uid: 'u-1', stage: 'acquired', backlog: 1 };
  expect(
    formatRunners(
      [
        { ...row, since: AT - 61_000 },
        { ...row, user: 'T0:U0B', stage: '', backlog: 0 },
      ],
      AT,
    ),
  ).toMatchInlineSnapshot(`
    "person    runner    stage     for   waiting  generation  pod
    T0:U0ADA  runner-1  acquired  61 s  1        100         u-1
    T0:U0B    runner-1                  0        100         u-1
    "
  `);
});

import { expect, test } from 'vitest';
import { decideIdle, type Quiet } from './decide-idle.ts';

const quiet: Quiet = {
  now: 1_000,
  startedAt: 0,
  isBusy: false,
  isLacking: false,
  lastActivityEnd: 900,
  waitingSince: undefined,
  idleTimeoutMs: 300,
  maxLifetimeMs: 10_000,
};

test('it sleeps once the timeout has passed since the end of the last activity', () => {
  expect(decideIdle(quiet)).toEqual({ kind: 'wait', ms: 200 });
  expect(decideIdle({ ...quiet, now: 1_200 })).toEqual({ kind: 'sleep' });
});

test('a turn of two hours is never idle, however long ago the last one ended', () => {
  expect(decideIdle({ ...quiet, now: 9_000, isBusy: true })).toEqual({ kind: 'wait', ms: 300 });
});

test('a turn that waits for its person is parked in time, even while something else goes on', () => {
  expect(decideIdle({ ...quiet, isBusy: true, waitingSince: 800 })).toEqual({ kind: 'wait', ms: 100 });
  expect(decideIdle({ ...quiet, isBusy: true, waitingSince: 700 })).toEqual({ kind: 'park' });
  expect(decideIdle({ ...quiet, now: 1_200, waitingSince: 900 }), 'asleep, with all of it parked').toEqual({
    kind: 'sleep',
  });
});

test('without a credential it hands over once nothing is under way', () => {
  expect(decideIdle({ ...quiet, isLacking: true })).toEqual({ kind: 'hand_over' });
  expect(decideIdle({ ...quiet, isLacking: true, isBusy: true })).toEqual({ kind: 'wait', ms: 300 });
});

test('after its longest life it hands over, busy or not, and is looked at in time for that', () => {
  expect(decideIdle({ ...quiet, now: 9_900, isBusy: true })).toEqual({ kind: 'wait', ms: 100 });
  expect(decideIdle({ ...quiet, now: 10_000, isBusy: true })).toEqual({ kind: 'hand_over' });
  expect(decideIdle({ ...quiet, now: 10_000 })).toEqual({ kind: 'hand_over' });
});

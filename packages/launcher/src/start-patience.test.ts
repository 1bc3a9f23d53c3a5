import { expect, test } from 'vitest';
import type { Pod, PodWaiting } from './pod-backend.ts';
import { StartWatch } from './start-patience.ts';

/** The first look begins to count, so with no patience at all the second one decides. */
function lookTwice(waiting: PodWaiting | undefined): ReturnType<StartWatch['look']> {
  const watch = new StartWatch({ startMs: 60_000, troubleMs: 0, machineMs: 60_000 });
  const pod: Pod = {
    user: 'T0:U0',
    generation: '1',
    name: 'runner-1',
    uid: 'u',
    ...(waiting === undefined ? {} : { waiting }),
  };
  watch.look(pod);
  return watch.look(pod);
}

test.each<[string, PodWaiting | undefined, boolean]>([
  [
    'the scheduler has found none',
    { stage: 'created', trouble: { code: 'unschedulable', message: '0/4 nodes' } },
    true,
  ],
  ['one is being started', { stage: 'created', isMachineComing: true }, false],
  ['nobody has made its pod yet', { stage: 'created' }, false],
  ['it has one', { stage: 'scheduled' }, false],
  ['its backend tells nothing', undefined, false],
])('a runner lacks a machine only where the scheduler says so: %s', (_, waiting, lacksMachine) => {
  expect(lookTwice(waiting).lacksMachine).toBe(lacksMachine);
});

test('what keeps it from starting is told once it has lasted', () => {
  const trouble = { code: 'image', message: 'no such image' } as const;
  expect(lookTwice({ stage: 'image', trouble })).toEqual({ failure: 'image', lacksMachine: false });
});

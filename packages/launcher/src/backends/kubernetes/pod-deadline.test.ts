import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { describePodEnd } from './decide-pod-end.ts';

const BEGAN = Date.UTC(2026, 10, 21, 12);
const GRACE_SECONDS = 25;
const job: V1Job = {
  spec: { activeDeadlineSeconds: 600, template: {} },
  status: { startTime: new Date(BEGAN) },
};

/** A pod that was asked to end at that second of its Job, and drained. */
function drainedAt(second: number): V1Pod {
  const deletionTimestamp = new Date(BEGAN + 1_000 * (second + GRACE_SECONDS));
  const terminated = { exitCode: 0, reason: 'Completed' };
  const statuses = { restartCount: 0, ready: false, image: '', imageID: '', name: 'runner', state: { terminated } };
  return {
    metadata: { uid: 'u', deletionTimestamp, deletionGracePeriodSeconds: GRACE_SECONDS },
    status: { phase: 'Succeeded', containerStatuses: [statuses] },
  };
}

test.each([
  [599, { reason: 'exited', exitCode: 0 }],
  [600, { reason: 'deadline' }],
])('a pod that was asked to end %i s into the 600 s of its Job', (second, end) => {
  expect(describePodEnd(drainedAt(second), job)).toEqual({ owner: 'u', ...end });
});

import { expect, test } from 'vitest';
import { decideOrphans, firstLook, type LiveLease } from './decide-orphans.ts';
import type { Pod } from './pod-backend.ts';

const pod: Pod = { user: 'T0:U1', generation: '100', name: 'runner-1', uid: 'uid-1' };
const lease: LiveLease = { user: 'T0:U1', generation: '100', state: 'running' };

test('a pod without a lease of its generation is an orphan on the second look in a row', () => {
  const facts = { pods: [pod], leases: [{ ...lease, generation: '101' }] };
  const first = decideOrphans({ ...facts, last: firstLook });
  expect(first.orphans).toEqual([]);
  expect(decideOrphans({ ...facts, last: first.look }).orphans).toEqual([pod]);
  // In between it was fine: the count starts anew.
  const fine = decideOrphans({ pods: [pod], leases: [lease], last: first.look });
  expect(decideOrphans({ ...facts, last: fine.look }).orphans).toEqual([]);
});

test('another pod under the same name is looked at for the first time', () => {
  const first = decideOrphans({ pods: [pod], leases: [], last: firstLook });
  expect(decideOrphans({ pods: [{ ...pod, uid: 'uid-2' }], leases: [], last: first.look }).orphans).toEqual([]);
});

test('a pod with its lease is live; one that ended is nobody’s business', () => {
  const ended: Pod = { ...pod, end: { owner: 'uid-1', reason: 'killed' } };
  expect(decideOrphans({ pods: [pod], leases: [lease], last: firstLook }).live).toEqual([pod]);
  const verdict = decideOrphans({
    pods: [ended],
    leases: [],
    last: { orphans: new Set(['uid-1']), missing: new Set() },
  });
  expect(verdict).toMatchObject({ orphans: [], live: [] });
});

test('a held lease without a pod is reported once, on the second look', () => {
  let last = firstLook;
  const reports = [1, 2, 3].map(() => {
    const verdict = decideOrphans({ pods: [], leases: [lease], last });
    last = verdict.look;
    return verdict.missing.length;
  });
  expect(reports).toEqual([0, 1, 0]);
});

test('a launch that waits for its place has no pod, and misses none', () => {
  const leases: LiveLease[] = [{ ...lease, state: 'launching' }];
  const first = decideOrphans({ pods: [], leases, last: firstLook });
  expect(decideOrphans({ pods: [], leases, last: first.look }).missing).toEqual([]);
});

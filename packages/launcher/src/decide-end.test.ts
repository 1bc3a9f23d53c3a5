import { expect, test } from 'vitest';
import { decideEnd } from './decide-end.ts';
import type { PodEnd } from './pod-backend.ts';

const exited = (exitCode: number): PodEnd => ({ owner: 'uid', reason: 'exited', exitCode });

test.for([
  { end: exited(0), means: 'all as it should be', verdict: { kind: 'ended', cause: '', counted: false } },
  { end: exited(143), means: 'asked to drain before it began', verdict: { kind: 'ended', cause: '', counted: false } },
  { end: exited(76), means: 'a lease that was lost', verdict: { kind: 'ended', cause: '', counted: false } },
  { end: exited(75), means: 'the lease was taken', verdict: { kind: 'busy' } },
  { end: exited(1), means: 'a crash', verdict: { kind: 'ended', cause: 'crash', counted: true } },
  { end: exited(137), means: 'a kill', verdict: { kind: 'ended', cause: 'crash', counted: true } },
  { end: exited(69), means: 'its Redis was away', verdict: { kind: 'ended', cause: 'crash', counted: true } },
  {
    end: exited(78),
    means: 'settings it refused',
    verdict: { kind: 'ended', cause: 'pod_start_failed', counted: true },
  },
  { end: exited(127), means: 'no such command', verdict: { kind: 'ended', cause: 'pod_start_failed', counted: true } },
  {
    end: { owner: 'uid', reason: 'memory' } as const,
    means: 'memory',
    verdict: { kind: 'ended', cause: 'memory', counted: true },
  },
  {
    end: { owner: 'uid', reason: 'killed' } as const,
    means: 'a kill of all',
    verdict: { kind: 'ended', cause: 'crash', counted: true },
  },
  ...(['evicted', 'preempted'] as const).map((reason) => ({
    end: { owner: 'uid', reason },
    means: 'the cluster’s doing',
    verdict: { kind: 'ended', cause: reason, counted: false },
  })),
  ...(['deadline', 'storage', 'image', 'quota', 'refused', 'configuration'] as const).map((reason) => ({
    end: { owner: 'uid', reason },
    means: 'told, and counted',
    verdict: { kind: 'ended', cause: reason, counted: true },
  })),
])('$end.reason $end.exitCode is $means', ({ end, verdict }) => {
  expect(decideEnd(end)).toEqual(verdict);
});

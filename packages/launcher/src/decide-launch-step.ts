// The next step in the life of a launch: what its lease says, and who has the pod's name.
import type { Lease, Launch } from '@runnel/shared';
import type { Pod } from './pod-backend.ts';

/** How the generation of a launch stands. `over`: the lease has moved on, or ran out. */
export type Standing = 'launching' | 'running' | 'over';

export type LaunchStep =
  | { readonly do: 'finish' }
  | { readonly do: 'create' }
  /** It ended before its lease heard of it; it is classified and never made again. */
  | { readonly do: 'classify'; readonly pod: Pod }
  | { readonly do: 'remove'; readonly pod: Pod }
  /** `stage` is what operators read meanwhile. */
  | { readonly do: 'wait'; readonly stage: 'starting' | 'running' | 'replacing' | 'ending' };

/** Whether a running lease is still in time is for Redis's clock to say: its deadline is not looked at. */
export function standingOf(launch: Launch, lease: Lease): Standing {
  if (lease.generation !== launch.generation || lease.state === 'idle') return 'over';
  return lease.state;
}

/**
 * `pod` has the name of the launch's runner, whatever its generation. `pastGrace`: it has had its grace period since its
 * generation was first seen to be over.
 */
export function decideLaunchStep(
  launch: Launch,
  facts: { standing: Standing; pod: Pod | undefined; pastGrace: boolean },
): LaunchStep {
  const { standing, pod, pastGrace } = facts;
  // A lease that is held needs no pod to be looked at: it expires by itself, and the watch sees ends.
  if (standing === 'running') return { do: 'wait', stage: 'running' };
  const isOurs = pod?.generation === launch.generation;
  if (standing === 'over') {
    // The place in the fleet is free only when the pod is gone.
    if (!isOurs || !isActive(pod)) return { do: 'finish' };
    return pastGrace ? { do: 'remove', pod } : { do: 'wait', stage: 'ending' };
  }
  if (pod === undefined) return { do: 'create' };
  if (isOurs) return isActive(pod) ? { do: 'wait', stage: 'starting' } : { do: 'classify', pod };
  return isActive(pod) && !pastGrace ? { do: 'wait', stage: 'replacing' } : { do: 'remove', pod };
}

function isActive(pod: Pod): boolean {
  return pod.end === undefined;
}

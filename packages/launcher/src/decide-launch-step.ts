// The next step in the life of a launch: what its lease says, and who has the pod's name.
import type { Lease, Launch } from '@runnel/shared';
import type { Pod, PodWaiting, StartTrouble } from './pod-backend.ts';

/** How the generation of a launch stands. `over`: the lease has moved on, or ran out. */
export type Standing = 'launching' | 'running' | 'over';

export type LaunchStep =
  | { readonly do: 'finish' }
  | { readonly do: 'create' }
  /** It ended before its lease heard of it; it is classified and never made again. */
  | { readonly do: 'classify'; readonly pod: Pod }
  | { readonly do: 'remove'; readonly pod: Pod }
  /** It had its time and never took its lease, or cannot. */
  | { readonly do: 'give_up'; readonly pod: Pod; readonly because: StartFailure }
  /** `stage` is what operators read meanwhile. */
  | { readonly do: 'wait'; readonly stage: PodWaiting['stage'] | 'acquired' | 'replacing' | 'ending' };

export type StartFailure = 'start_timeout' | 'unschedulable' | StartTrouble;

export type LaunchFacts = {
  readonly standing: Standing;
  readonly pod: Pod | undefined;
  readonly pastGrace: boolean;
  readonly startFailure: StartFailure | undefined;
};

/** Whether a running lease is still in time is for Redis's clock to say: its deadline is not looked at. */
export function standingOf(launch: Launch, lease: Lease): Standing {
  if (lease.generation !== launch.generation || lease.state === 'idle') return 'over';
  return lease.state;
}

/**
 * `pod` has the name of the launch's runner, whatever its generation. `pastGrace`: it has had its grace period since its
 * generation was first seen to be over. `startFailure`: why it is not waited for any longer.
 */
export function decideLaunchStep(launch: Launch, facts: LaunchFacts): LaunchStep {
  const { standing, pod, pastGrace, startFailure } = facts;
  // A lease that is held needs no pod to be looked at: it expires by itself, and the watch sees ends.
  if (standing === 'running') return { do: 'wait', stage: 'acquired' };
  const isOurs = pod?.generation === launch.generation;
  if (standing === 'over') {
    // The place in the fleet is free only when the pod is gone.
    if (!isOurs || !isActive(pod)) return { do: 'finish' };
    return pastGrace ? { do: 'remove', pod } : { do: 'wait', stage: 'ending' };
  }
  if (pod === undefined) return { do: 'create' };
  if (isOurs) return decideStart(pod, startFailure);
  return isActive(pod) && !pastGrace ? { do: 'wait', stage: 'replacing' } : { do: 'remove', pod };
}

function decideStart(pod: Pod, because: StartFailure | undefined): LaunchStep {
  if (!isActive(pod)) return { do: 'classify', pod };
  if (because !== undefined) return { do: 'give_up', pod, because };
  return { do: 'wait', stage: pod.waiting?.stage ?? 'starting' };
}

function isActive(pod: Pod): boolean {
  return pod.end === undefined;
}

// Looks at all pods and all leases from time to time, for what no watch and no job has seen.
import { RunnelError, type LaunchQueue, type LeaseKeeper, type UserKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { decideOrphans, firstLook, type LiveLease } from './decide-orphans.ts';
import type { Pod, PodBackend } from './pod-backend.ts';
import type { UserSweeper } from './sweep-users.ts';

export type PodReconcilerParts = {
  readonly backend: PodBackend;
  readonly delivery: LeaseKeeper;
  readonly queue: LaunchQueue;
  readonly sweeper: UserSweeper;
  readonly log: Logger;
  /** What a pod without its lease gets to drain, in milliseconds. */
  readonly graceMs: number;
};

/** Each call is one look; a list that fails is thrown and judges nothing. */
export function podReconciler(parts: PodReconcilerParts): () => Promise<void> {
  const { backend, delivery, queue, log } = parts;
  let last = firstLook;
  const stopping = new Set<string>();

  const stop = async (pod: Pod): Promise<void> => {
    if (stopping.has(pod.uid)) return;
    stopping.add(pod.uid);
    try {
      await backend.stop(pod, parts.graceMs);
    } catch (error) {
      log.error({ err: RunnelError.from(error), pod: pod.name }, 'pod without a lease could not be ended');
    } finally {
      stopping.delete(pod.uid);
    }
  };
  return async () => {
    const pods = await backend.list();
    const users = new Set([...pods.map((pod) => pod.user), ...(await delivery.dirtyUsers())]);
    const leases = await liveLeases(parts, users);
    const verdict = decideOrphans({ pods, leases, last });
    last = verdict.look;
    for (const pod of verdict.orphans) {
      log.warn(
        { user: pod.user, generation: pod.generation, pod: pod.name, uid: pod.uid },
        'pod without a lease is ended',
      );
      void stop(pod);
    }
    for (const lease of verdict.missing) log.warn(lease, 'lease without a pod, it will expire');
    for (const { user, generation } of verdict.live) {
      if (await queue.has({ user, generation })) continue;
      log.warn({ user, generation }, 'runner without a job gets one');
      await queue.add({ user, generation }, 'head');
    }
  };
}

async function liveLeases({ delivery, sweeper }: PodReconcilerParts, users: Iterable<UserKey>): Promise<LiveLease[]> {
  const live: LiveLease[] = [];
  for (const user of users) {
    const { state, generation } = await delivery.lease(user);
    if (state === 'idle') continue;
    // Whether it is still in time is for Redis's clock to say.
    if (state === 'running' && (await sweeper.sweep(user)).kind !== 'live') continue;
    live.push({ user, generation, state });
  }
  return live;
}

// Looks at all pods and all leases from time to time, for what no watch and no job has seen.
import { RunnelError, takeStep, type LaunchQueue, type LeaseKeeper, type UserKey } from '@runnel/shared';
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
  const look = async (): Promise<void> => {
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
    const hasJob = await Promise.all(verdict.live.map((pod) => queue.has(pod)));
    for (const { user, generation } of verdict.live.filter((_, index) => hasJob[index] === false)) {
      log.warn({ user, generation }, 'runner without a job gets one');
      await takeStep('wake', { user, generation, source: 'reconciler' }, () => queue.add({ user, generation }, 'head'));
    }
  };
  return () => takeStep('reconcile', {}, look);
}

/** All at once: a thousand round trips one after the other take seconds. */
async function liveLeases(parts: PodReconcilerParts, users: Iterable<UserKey>): Promise<LiveLease[]> {
  const leases = await Promise.all(Array.from(users, (user) => liveLease(parts, user)));
  return leases.filter((lease) => lease !== undefined);
}

async function liveLease({ delivery, sweeper }: PodReconcilerParts, user: UserKey): Promise<LiveLease | undefined> {
  const { state, generation } = await delivery.lease(user);
  if (state === 'idle') return undefined;
  // Whether it is still in time is for Redis's clock to say.
  if (state === 'running' && (await sweeper.sweep(user)).kind !== 'live') return undefined;
  return { user, generation, state };
}

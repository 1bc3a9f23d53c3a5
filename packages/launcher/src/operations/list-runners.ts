// Stage: who lives, and how far each is.
import type { LaunchQueue, LeaseKeeper } from '@runnel/shared';
import type { Pod, PodBackend } from '../pod-backend.ts';
import type { RunnerRow } from './runner-diagnostics.ts';

export type ListingParts = {
  readonly backend: PodBackend;
  readonly delivery: LeaseKeeper;
  readonly queue: LaunchQueue;
};

/** Rejects when the list is not complete. */
export async function listRunners({ backend, delivery, queue }: ListingParts): Promise<RunnerRow[]> {
  const living = (await backend.list()).filter((pod) => pod.end === undefined);
  const describe = async ({ user, name, generation, uid }: Pod): Promise<RunnerRow> => {
    const [stage, entries] = await Promise.all([queue.stage({ user, generation }), delivery.backlog(user)]);
    const since = stage === undefined ? {} : { since: stage.since };
    return { user, name, generation, uid, stage: stage?.stage ?? '', ...since, backlog: entries.length };
  };
  return Promise.all(living.map(describe));
}

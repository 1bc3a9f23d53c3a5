// Looks at a fleet from outside all the time: how many pods live, and whether somebody waits whom nobody is about to serve.
import { setTimeout as pause } from 'node:timers/promises';
import type { UserKey } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { listMarked } from '@runnel/shared/process';
import { redisKeys } from '@runnel/shared/redis';
import type { Redis } from 'ioredis';

/** A backlog without a live lease, a place in the queue or a pause. Times in milliseconds since 1970, as first and last seen. */
export type Stranding = { readonly user: UserKey; readonly since: number; until: number };

export type FleetWatch = {
  /** The pods that lived, each time one looked: their uids, those of other fleets among them. */
  readonly living: ReadonlySet<string>[];
  readonly strandings: Stranding[];
  end(): Promise<void>;
};

const LOOK_MS = 200;

export function watchFleet(redis: Redis, redisUrl: string, users: readonly UserKey[]): FleetWatch {
  const queue = bullmqLaunchQueue({ redisUrl, jobLockMs: 1_000, stalledCheckMs: 500, onError: () => undefined });
  const living: Set<string>[] = [];
  const strandings: Stranding[] = [];
  const stranded = new Map<string, Stranding>();
  let isOver = false;

  const lookAtPods = async (): Promise<void> => {
    const uids = new Set((await listMarked('RUNNEL_POD')).keys());
    if (uids.size > 0) living.push(uids);
  };
  const lookAtPeople = async (): Promise<void> => {
    const found = new Map<string, Stranding>();
    for (const { user, generation } of await suspects(redis, users)) {
      if (await queue.has({ user, generation })) continue;
      // Another launch of the same person is another matter.
      const key = `${user} ${generation}`;
      const now = Date.now();
      const known = stranded.get(key) ?? { user, since: now, until: now };
      if (!stranded.has(key)) strandings.push(known);
      known.until = now;
      found.set(key, known);
    }
    stranded.clear();
    for (const [key, one] of found) stranded.set(key, one);
  };
  const watching = (async () => {
    while (!isOver) {
      await lookAtPods();
      // A Redis that does not answer now does so the next time.
      await lookAtPeople().catch(() => undefined);
      await pause(LOOK_MS);
    }
  })();
  return {
    living,
    strandings,
    async end() {
      isOver = true;
      await watching;
      await queue.close();
    },
  };
}

type Suspect = { readonly user: UserKey; readonly generation: string };

/** Who has a backlog, and neither a live lease nor a pause after a failure; read at one moment of Redis. */
async function suspects(redis: Redis, users: readonly UserKey[]): Promise<Suspect[]> {
  const questions = redis.multi().time();
  for (const user of users) {
    questions.xlen(redisKeys.inbox(user));
    questions.hmget(redisKeys.lease(user), 'state', 'generation', 'deadline', 'notBefore');
  }
  const answers = ((await questions.exec()) ?? []).map(([, answer]) => answer);
  const [seconds = 0, micros = 0] = (answers.shift() as number[]).map(Number);
  const now = seconds * 1_000 + micros / 1_000;
  return users.flatMap((user, index) => {
    const backlog = Number(answers[2 * index]);
    const [state, generation, deadline, notBefore] = answers[2 * index + 1] as (string | null)[];
    const isLive = state === 'running' && Number(deadline) >= now;
    if (backlog === 0 || isLive || Number(notBefore ?? 0) > now) return [];
    return [{ user, generation: generation ?? '0' }];
  });
}

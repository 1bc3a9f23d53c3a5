// Plays the runners in the pods of a namespace: each acquires its lease when its played node says that it runs, answers when it
// may, goes to sleep, and then its pod ends.
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiException, type V1Pod } from '@kubernetes/client-node';
import type { Holder, UserKey } from '@runnel/shared';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { deliveryTestSettings } from '@runnel/shared/testing';
import { endPlayedPod } from '../cluster/end-played-pod.ts';
import { launchOf, watchRunners, type RunnerWatch, type RunnerWatchOptions } from './runner-watch.ts';

export type PlayedRunners = AsyncDisposable & {
  readonly watch: RunnerWatch;
  /** Who acquired a lease, once for each time. */
  readonly acquired: readonly UserKey[];
  /** From now on runners hold their leases, until they are released. */
  hold(): void;
  release(): void;
  /** The runner of this person that holds its lease ends with that exit code. */
  crash(user: UserKey, exitCode: number): void;
};

export type PlayedRunnersOptions = Omit<RunnerWatchOptions, 'onPod'> & {
  readonly redisUrl: string;
  readonly leaseMs: number;
};

const TICK_MS = 50;
const AGAIN_MS = 200;
const BUSY = 75;

export async function playRunners(options: PlayedRunnersOptions): Promise<PlayedRunners> {
  const { access, namespace, redisUrl, leaseMs } = options;
  const redis = connectRedis(redisUrl, 'commands', () => undefined);
  const delivery = new RedisDelivery(redis, { ...deliveryTestSettings, leaseMs });
  const lives = new Map<string, { readonly told: AbortController; readonly life: Promise<void> }>();
  const crashes = new Map<UserKey, number>();
  const acquired: UserKey[] = [];
  const over = new AbortController();
  let mayAnswer = true;

  /** Resolves to its exit code. */
  const run = async (holder: Holder, told: AbortSignal): Promise<number> => {
    const answer = await delivery.acquire(holder);
    if (answer !== 'ok') return answer === 'stale' ? 0 : BUSY;
    acquired.push(holder.user);
    for (let renewAt = 0; !mayAnswer; await sleep(TICK_MS)) {
      const crash = crashes.get(holder.user);
      crashes.delete(holder.user);
      if (crash !== undefined) return crash;
      if (told.aborted) {
        await delivery.release(holder, 'drain');
        return 0;
      }
      if (performance.now() < renewAt) continue;
      if ((await delivery.renew(holder)) === 'lost') return 0;
      renewAt = performance.now() + leaseMs / 4;
    }
    do await delivery.acknowledge(holder, await delivery.backlog(holder.user));
    while ((await delivery.release(holder, 'idle')).kind === 'busy');
    return 0;
  };

  const live = async (name: string, holder: Holder, told: AbortSignal): Promise<void> => {
    const exitCode = await run(holder, told);
    // Its node says so as soon as it can, as long as there is a pod.
    while (!over.signal.aborted) {
      try {
        return await endPlayedPod(access, { namespace, name, exitCode });
      } catch (error) {
        if (error instanceof ApiException && error.code === 404) return undefined;
        await sleep(AGAIN_MS);
      }
    }
    return undefined;
  };

  const onPod = (pod: V1Pod): void => {
    const { uid = '', name = '', deletionTimestamp } = pod.metadata ?? {};
    if (deletionTimestamp !== undefined) lives.get(uid)?.told.abort();
    if (pod.status?.phase !== 'Running' || lives.has(uid) || deletionTimestamp !== undefined) return;
    const told = new AbortController();
    const signal = AbortSignal.any([told.signal, over.signal]);
    lives.set(uid, { told, life: live(name, { ...launchOf(pod), owner: uid }, signal) });
  };
  const watch = await watchRunners({ access, namespace, onPod });
  return {
    watch,
    acquired,
    hold: () => void (mayAnswer = false),
    release: () => void (mayAnswer = true),
    crash: (user, exitCode) => void crashes.set(user, exitCode),
    async [Symbol.asyncDispose]() {
      over.abort();
      await watch[Symbol.asyncDispose]();
      await Promise.all([...lives.values()].map(({ life }) => life));
      redis.disconnect();
    },
  };
}

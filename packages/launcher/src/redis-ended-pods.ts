// ADAPTER: what is remembered of ended pods, in Redis.
import { redisKeys, type connectRedis } from '@runnel/shared/redis';
import type { EndedPods } from './ended-pods.ts';
import type { PodDiagnostics } from './pod-diagnostics.ts';

/** Kubernetes keeps a finished Job for ten minutes, unless a successor takes its name. */
const KEPT_MS = 15 * 60_000;

/** The client is borrowed. */
export function redisEndedPods(redis: ReturnType<typeof connectRedis>): EndedPods {
  const find = async (name: string): Promise<PodDiagnostics | undefined> => {
    const text = await redis.get(redisKeys.endedPod(name));
    // oxlint-disable-next-line no-unsafe-type-assertion -- launchers alone write it, and it is only shown
    return text === null ? undefined : (JSON.parse(text) as PodDiagnostics);
  };
  return {
    find,
    async keep(diagnostics) {
      const known = await find(diagnostics.name);
      if (known !== undefined && (known.createdAt ?? 0) > (diagnostics.createdAt ?? 0)) return;
      await redis.set(redisKeys.endedPod(diagnostics.name), JSON.stringify(diagnostics), 'PX', KEPT_MS);
    },
  };
}

// What a Redis does and holds: connections, memory, commands, its share of a core.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';

export type RedisState = { readonly connections: number; readonly bytes: number };

export type RedisLoad = RedisState & {
  readonly commandsPerSecond: number;
  /** Its CPU time over the wall clock. */
  readonly coreShare: number;
  /** The most frequent commands, each with its number a second. */
  readonly most: readonly (readonly [command: string, perSecond: number])[];
};

const SHOWN = 6;

export async function readRedisState(redis: Redis): Promise<RedisState> {
  const info = await redis.info();
  return { connections: numberIn(info, 'connected_clients'), bytes: numberIn(info, 'used_memory') };
}

/** Over `ms` of the wall clock. Commands inside scripts are counted too: they are Redis's work. */
export async function measureRedisLoad(redis: Redis, ms: number): Promise<RedisLoad> {
  const before = await look(redis);
  await sleep(ms);
  const after = await look(redis);
  const seconds = (after.at - before.at) / 1_000;
  const most = [...after.calls]
    .map(([command, calls]) => [command, Math.round((calls - (before.calls.get(command) ?? 0)) / seconds)] as const)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, SHOWN);
  return {
    ...(await readRedisState(redis)),
    commandsPerSecond: (after.processed - before.processed) / seconds,
    coreShare: (after.cpu - before.cpu) / seconds,
    most,
  };
}

async function look(redis: Redis) {
  const info = await redis.info('everything');
  const calls = new Map(
    [...info.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)].map(([, name = '', n]) => [name, Number(n)]),
  );
  return {
    at: performance.now(),
    processed: numberIn(info, 'total_commands_processed'),
    cpu: numberIn(info, 'used_cpu_user') + numberIn(info, 'used_cpu_sys'),
    calls,
  };
}

/** A number of what `INFO` answered. */
export function numberIn(info: string, name: string): number {
  return Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
}

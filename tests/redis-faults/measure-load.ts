// How hot a fleet runs: commands a second at its Redis, whether taken or refused, and the processor time of its processes.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { Story } from '../support/story.ts';

export type Load = {
  readonly commandsPerSecond: number;
  /** Of the busiest process, in cores. 0 where there is no /proc. */
  readonly cores: number;
};

/** A rate needs a span of time: this is the one place that waits for nothing else. */
export async function measureLoad(story: Story, redis: Redis, spanMs = 2_000): Promise<Load> {
  const pods = await Promise.all(story.people.map((person) => story.fleet.runners.pod(person.userKey)));
  const pids = [...story.fleet.ingresses, ...story.fleet.launchers, ...pods.map((pod) => pod?.runner)]
    .map((one) => one?.pid ?? 0)
    .filter((pid) => pid !== 0);
  const startedAt = performance.now();
  const [commands, ticks] = [await countCommands(redis), pids.map(processorTicks)];
  await sleep(spanMs);
  const more = (await countCommands(redis)) - commands;
  const seconds = (performance.now() - startedAt) / 1_000;
  // One that has ended meanwhile counts as nothing.
  const used = pids.map((pid, index) => (processorTicks(pid) - (ticks[index] ?? 0)) / TICKS_PER_SECOND);
  return { commandsPerSecond: Math.round(more / seconds), cores: Math.max(0, ...used) / seconds };
}

/** Resolves once nobody does anything, as nobody has anything to do: whoever loops never gets there. Nobody has ended by itself. */
export async function untilCalm(story: Story, redis: Redis): Promise<void> {
  const isCalm = async (): Promise<boolean> => {
    const { commandsPerSecond, cores } = await measureLoad(story, redis, 1_000);
    return commandsPerSecond < CALM.commandsPerSecond && cores < CALM.cores;
  };
  await expect.poll(isCalm, { timeout: 45_000 }).toBe(true);
  expect(await Promise.race([story.fleet.broken.catch(String), Promise.resolve('all live')])).toBe('all live');
}

/** Two runners, a launcher and an ingress, at a tenth of their durations, make about 100 commands a second. A loop makes thousands. */
const CALM: Load = { commandsPerSecond: 200, cores: 0.3 };

/** `USER_HZ`, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

function processorTicks(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which may hold anything, `utime` and `stime` are the twelfth and thirteenth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}

async function countCommands(redis: Redis): Promise<number> {
  const text = await redis.info('commandstats');
  return [...text.matchAll(/[:,](?:calls|rejected_calls)=(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
}

// A real Redis Sentinel that watches one primary, and promotes its replica when it is told to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@runnel/shared/process';
import { Redis } from 'ioredis';
import { expect, vi } from 'vitest';

export type Sentinel = AsyncDisposable & {
  /** Where the primary is now, as far as it knows. */
  primaryPort(): Promise<number>;
  /** Has it do what it does for a primary that is gone. */
  promote(): Promise<void>;
};

const NAME = 'runnel';

/** Resolves when it knows the primary's replica: before, it would promote nobody. */
export async function startSentinel(watched: number): Promise<Sentinel> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-sentinel-'));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir "${folder}"`,
    `sentinel monitor ${NAME} 127.0.0.1 ${watched} 1`,
    // By itself it does nothing: it would take a machine that stands still for a primary that is gone.
    `sentinel down-after-milliseconds ${NAME} 3600000`,
    `sentinel failover-timeout ${NAME} 60000`,
  ];
  await writeFile(file, `${settings.join('\n')}\n`);
  const child = spawn(process.env['REDIS_SERVER'] ?? 'redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on('error', () => undefined); // it is not up yet
  // Its habits at a tenth, like everything else in a story: an old primary is told its place after four of its hellos.
  await redis.call('SENTINEL', 'DEBUG', 'INFO-PERIOD', '500', 'PING-PERIOD', '300', 'PUBLISH-PERIOD', '300');
  const knowsReplica = async (): Promise<void> =>
    expect(await redis.call('SENTINEL', 'REPLICAS', NAME)).toHaveLength(1);
  await vi.waitFor(knowsReplica, { timeout: 60_000, interval: 50 }).catch((error: unknown) => {
    killNow();
    redis.disconnect();
    throw error;
  });
  const primaryPort = async (): Promise<number> => {
    const address = (await redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as [string, string];
    return Number(address[1]);
  };
  return {
    primaryPort,
    async promote() {
      const before = await primaryPort();
      const replaced = async (): Promise<boolean> => {
        if ((await primaryPort()) !== before) return true;
        // Refused while it is under way, and while it has not heard of the replica for a moment; given up where that lasts.
        await redis.call('SENTINEL', 'FAILOVER', NAME).catch(() => undefined);
        return false;
      };
      await expect.poll(replaced, { interval: 100 }).toBe(true);
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      process.removeListener('exit', killNow);
      const gone = once(child, 'exit');
      if (child.exitCode === null && child.signalCode === null) {
        killNow();
        await gone;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

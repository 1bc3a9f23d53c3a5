// The Redis of a local run: its own data folder, a free port, a password that other people of the machine do not know.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@runnel/shared/process';
import { assertFitRedis } from '@runnel/shared/redis';
import { startChild, type Child } from './start-child.ts';

const START_TIMEOUT_MS = 20_000;

export type LocalRedis = { readonly url: string; readonly process: Child };

export type LocalRedisOptions = {
  /** Kept between runs. */
  readonly data: string;
  readonly logs: string;
  /** `redis-server` or one that speaks as it does. */
  readonly program: string;
  readonly environment: NodeJS.ProcessEnv;
};

/** Everything is in the append-only file within a second, so that a killed run loses nothing older. */
export async function startLocalRedis({ data, logs, program, environment }: LocalRedisOptions): Promise<LocalRedis> {
  const port = await freePort();
  const password = randomBytes(16).toString('hex');
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${data}"`,
    'appendonly yes',
    'save ""',
    'maxmemory-policy noeviction',
  ];
  // By standard input: a command line can be read by everybody.
  const child = await startChild({
    name: 'redis',
    command: program,
    args: ['-'],
    env: environment,
    logFile: join(logs, 'redis.log'),
    input: `${settings.join('\n')}\n`,
  });
  const url = `redis://:${password}@127.0.0.1:${port}`;
  await untilReady(child, url);
  return { url, process: child };
}

async function untilReady(child: Child, url: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  const over = child.ended.then((how) => {
    throw new Error(`Redis ended at its start (${how}); see ${child.logFile}.`);
  });
  for (;;) {
    try {
      await Promise.race([assertFitRedis(url), over]);
      return;
    } catch (error) {
      const isStarting = error instanceof Error && 'code' in error && error.code === 'redis_unreachable';
      if (!isStarting || performance.now() > deadline) throw error;
      await sleep(20);
    }
  }
}

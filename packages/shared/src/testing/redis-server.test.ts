// The servers that every other test stands on.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { freshRedisUrl } from './fresh-redis-url.ts';
import { startRedisServer } from './redis-server.ts';

test('a server answers as soon as it is handed over, and is gone when it is stopped', async () => {
  const server = await startRedisServer();
  const redis = new Redis(server.url, { lazyConnect: true, retryStrategy: null });
  const [, dir = ''] = await redis.config('GET', 'dir');
  expect(existsSync(dir)).toBe(true);
  redis.disconnect();

  await server.stop();
  expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
  expect(existsSync(dir)).toBe(false);
});

test('a killed server comes back on its port with what its folder holds', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'runnel-redis-test-'));
  const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
  const first = await startRedisServer({ args, dir });
  const redis = new Redis(first.url);
  await redis.set('kept', 'yes');
  await first.kill();

  await using second = await startRedisServer({ args, dir, port: first.port });
  expect(second.url).toBe(first.url);
  expect(await redis.get('kept')).toBe('yes');
  redis.disconnect();
  await rm(dir, { recursive: true });
});

test('a server that cannot start says so in its own words', async () => {
  await expect(startRedisServer({ args: ['--no-such-option', '1'] })).rejects.toThrow('no-such-option');
});

test('two files never share a database', async () => {
  const [first, second] = await Promise.all([freshRedisUrl(), freshRedisUrl()]);
  expect(first).not.toBe(second);
  const redis = new Redis(first);
  expect(await redis.dbsize()).toBe(0);
  redis.disconnect();
});

import { expect, test, vi } from 'vitest';
import { RunnelError } from '../errors.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { startRedisServer } from '../testing/redis-server.ts';
import { createLogger } from './logger.ts';

test('an error of Redis is logged without what was sent: no password, and nothing that people wrote', async () => {
  await using server = await startRedisServer();
  const lines = listen();
  const log = createLogger('test');
  const errors: Error[] = [];
  const redis = connectRedis(server.url.replace('//', '//:hunter2@'), 'commands', (error) => errors.push(error));
  try {
    await redis.config('SET', 'requirepass', 'changed');
    redis.disconnect(true);
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    for (const err of errors) log.warn({ err }, 'redis connection failed');
    log.warn({ err: RunnelError.from(errors[0]) }, 'wrapped');
  } finally {
    redis.disconnect();
  }
  expect(lines.join('')).toContain('WRONGPASS');
  expect(lines.join('')).not.toContain('hunter2');
});

/** What is written to standard output from now on. */
function listen(): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  return lines;
}

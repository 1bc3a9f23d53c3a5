import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freshRedisUrl } from '../testing/fresh-redis-url.ts';
import { assertFitRedis, connectRedis } from './connect-redis.ts';

/** In front of a server: connections that stand go deaf, new ones are fine, as after a failover that cut without a word. */
async function startDeafening(serverUrl: string): Promise<{ url: string; deafen: () => void }> {
  const pairs: [Socket, Socket][] = [];
  const proxy = createServer((near) => {
    const far = connect(Number(new URL(serverUrl).port), '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far).pipe(near);
    pairs.push([near, far]);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.close();
    for (const socket of pairs.flat()) socket.destroy();
  });
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP address');
  const deafen = (): void => {
    for (const [near, far] of pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  };
  return { url: Object.assign(new URL(serverUrl), { port: String(address.port) }).href, deafen };
}

test('a connection that went deaf is replaced before the command that waits on it is given up', async () => {
  const { url, deafen } = await startDeafening(await freshRedisUrl());
  const redis = connectRedis(url, 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  expect(await redis.ping()).toBe('PONG');
  deafen();
  expect(await redis.ping()).toBe('PONG');
});

test('a refusal to write makes every connection look for the primary anew, however the server words it', async () => {
  const redis = connectRedis(await freshRedisUrl(), 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  const ask = redis.options.reconnectOnError ?? (() => false);
  expect(ask(new Error("READONLY You can't write against a read only replica."))).toBe(2);
  const inScript =
    "ERR Error running script (call to f_0): @user_script:12: -READONLY You can't write against a replica.";
  expect(ask(new Error(inScript))).toBe(2);
  expect(ask(new Error('ERR unknown command'))).toBe(false);
});

test('a server that accepts and says nothing is unreachable, soon enough to start again', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP address');
  await expect(assertFitRedis(`redis://127.0.0.1:${address.port}`)).rejects.toMatchObject({
    code: 'redis_unreachable',
  });
});

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { freshRedisUrl } from '../testing/fresh-redis-url.ts';
import { startRedisServer } from '../testing/redis-server.ts';
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

test('a primary that has become a replica and stays one is named, and asked less and less often', async () => {
  await using server = await startRedisServer();
  const observer = new Redis(server.url);
  onTestFinished(() => observer.disconnect());
  const faults: string[] = [];
  const redis = connectRedis(server.url, 'commands', (error) => faults.push(error.message));
  onTestFinished(() => redis.disconnect());
  await redis.ping();
  await observer.replicaof('127.0.0.1', 1);
  const connections = async (): Promise<number> =>
    Number(/total_connections_received:(\d+)/.exec(await observer.info('stats'))?.[1]);
  const before = await connections();
  await expect(redis.set('a', '1')).rejects.toThrow('timed out');
  expect((await connections()) - before, 'in 5 s').toBeLessThan(12);
  expect(faults.length).toBeLessThan(12);
  expect(faults[0]).toContain('READONLY');
  await observer.replicaof('NO', 'ONE');
  await expect.poll(() => redis.set('a', '1').catch(String)).toBe('OK');
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

test('a command while the server is away is refused within seconds, not after a minute', async () => {
  const server = await startRedisServer();
  const redis = connectRedis(server.url, 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  await redis.ping();
  await server.kill();
  const askedAt = performance.now();
  await expect(redis.ping()).rejects.toThrow('max retries');
  expect(performance.now() - askedAt).toBeLessThan(20_000);
});

test('a command under way when its connection is cut is sent again, and settles', async () => {
  await using server = await startRedisServer();
  const redis = connectRedis(server.url, 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  const killer = new Redis(server.url);
  onTestFinished(() => killer.disconnect());
  const underWay = redis.blpop('nothing', 1);
  await expect.poll(() => killer.info('clients')).toContain('blocked_clients:1');
  await killer.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  expect(await underWay).toBeNull();
});

test('a blocking read lasts longer than a command may', async () => {
  const redis = connectRedis(await freshRedisUrl(), 'blocking', () => undefined);
  onTestFinished(() => redis.disconnect());
  expect(await redis.xread('BLOCK', 5_500, 'STREAMS', 'nothing', '0')).toBeNull();
});

test('answers keep their shape, whichever protocol is spoken', async () => {
  const redis = connectRedis(await freshRedisUrl(), 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  await redis.xadd('stream', '1-1', 'i', 'a');
  expect(await redis.xread('STREAMS', 'stream', '0')).toEqual([['stream', [['1-1', ['i', 'a']]]]]);
  await redis.hset('hash', 'state', 'idle');
  expect(await redis.hgetall('hash')).toEqual({ state: 'idle' });
});

test.each([
  ['a replica', ['--replicaof', '127.0.0.1', '1'], /is a replica; point REDIS_URL at the primary/],
  ['a cluster', ['--cluster-enabled', 'yes'], /is a cluster; use one primary/],
  ['a server that may evict leases', ['--maxmemory-policy', 'volatile-lru'], /may evict leases .*noeviction/],
])('%s is refused in a sentence', async (_, args, sentence) => {
  await using server = await startRedisServer({ args });
  await expect(assertFitRedis(server.url)).rejects.toMatchObject({
    code: 'redis_unfit',
    message: expect.stringMatching(sentence),
  });
});

test.each([
  ['a wrong password', 'redis://:wrong@', /WRONGPASS/],
  ['no password', 'redis://', /NOAUTH/],
  // BullMQ's worker would ask for it without a pause.
  ['a user who may not ask for INFO', 'redis://mute:right@', /NOPERM .*'info'/],
])('%s is said in the words of the server', async (_, start, words) => {
  await using server = await startRedisServer();
  const redis = new Redis(server.url);
  onTestFinished(() => redis.disconnect());
  await redis.acl('SETUSER', 'mute', 'on', '>right', '~*', '+@all', '-info');
  await redis.config('SET', 'requirepass', 'right');
  await expect(assertFitRedis(`${start}127.0.0.1:${server.port}`)).rejects.toMatchObject({
    message: expect.stringMatching(words),
  });
});

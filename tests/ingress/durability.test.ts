// When Slack is acknowledged to, and when it is not: rules 1 to 4 of the delivery protocol.
import { connectRedis } from '@runnel/shared/redis';
import { freshRedisUrl, startRedisServer, type RedisServer } from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ADA, allAcknowledged, openInbox, openStandIn, startIngress } from './start-ingress.ts';

async function openRedis(options: Parameters<typeof startRedisServer>[0] = {}): Promise<RedisServer> {
  const server = await startRedisServer(options);
  onTestFinished(() => server.stop());
  return server;
}

function command(url: string, ...words: [string, ...string[]]): Promise<unknown> {
  const redis = connectRedis(url, 'commands', () => undefined);
  return redis.call(...words).finally(() => redis.disconnect());
}

test('a message that came while Redis was away is not acknowledged, comes again and is taken', async () => {
  const standIn = await openStandIn();
  const redis = await openRedis();
  const ingress = await startIngress({ standIn, redisUrl: redis.url });
  await redis.kill();
  standIn.workspace.postAs(ADA.id, { channel: ADA.dm, text: 'echo hello' });
  await expect.poll(() => standIn.record.deliveries().length).toBeGreaterThanOrEqual(2);
  await expect
    .poll(() => ingress.log().filter((line) => line.msg === 'slack envelope not acknowledged').length)
    .toBeGreaterThanOrEqual(2);
  expect(standIn.record.deliveries().every((delivery) => delivery.ackedAt === undefined)).toBe(true);

  await openRedis({ port: redis.port });
  await expect.poll(() => allAcknowledged(standIn)).toBe(true);
  expect(await openInbox(redis.url)(ADA.key)).toHaveLength(1);
});

test('without its replica a message is not acknowledged; with it, it is there once', async () => {
  const standIn = await openStandIn();
  const primary = await openRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  const ingress = await startIngress({ standIn, redisUrl: primary.url, settings: { REDIS_REPLICAS: '1' } });
  standIn.workspace.postAs(ADA.id, { channel: ADA.dm, text: 'echo hello' });
  const failures = (): string[] =>
    ingress
      .log()
      .filter((line) => line.msg === 'slack envelope not acknowledged')
      .map((line) => JSON.stringify(line['err']));
  await expect.poll(() => failures().length).toBeGreaterThanOrEqual(1);
  expect(failures()[0]).toContain('not_durable');
  expect(standIn.record.deliveries().every((delivery) => delivery.ackedAt === undefined)).toBe(true);

  const replica = await openRedis({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
  await expect.poll(() => allAcknowledged(standIn)).toBe(true);
  expect(await openInbox(primary.url)(ADA.key)).toHaveLength(1);
  expect(await openInbox(replica.url)(ADA.key)).toHaveLength(1);
});

test('a message that comes only as a retry is taken', async () => {
  const [standIn, redisUrl] = [await openStandIn(), await freshRedisUrl()];
  standIn.faults.always('apps.connections.open', { kind: 'refused-before' });
  await startIngress({ standIn, redisUrl, until: 'listening' });
  standIn.workspace.postAs(ADA.id, { channel: ADA.dm, text: 'echo hello' });
  standIn.faults.clear();
  await expect.poll(() => allAcknowledged(standIn)).toBe(true);
  const [first, ...again] = standIn.record.deliveries();
  expect(first).not.toHaveProperty('socket');
  expect(again.some((delivery) => delivery.attempt > 0 && delivery.ackedAt !== undefined)).toBe(true);
  expect(await openInbox(redisUrl)(ADA.key)).toHaveLength(1);
});

test('a launch queue that refuses the wake leaves the message to the sweeper: Slack is acknowledged all the same', async () => {
  const [standIn, redisUrl] = [await openStandIn(1), await freshRedisUrl()];
  const ingress = await startIngress({ standIn, redisUrl });
  // A key of BullMQ's with a foreign type: every add fails on the server.
  await command(redisUrl, 'LPUSH', 'runnel:launches:id', 'x');
  standIn.workspace.postAs(ADA.id, { channel: ADA.dm, text: 'echo hello' });
  await expect.poll(() => allAcknowledged(standIn)).toBe(true);
  expect(standIn.record.deliveries()).toHaveLength(1);
  expect(await openInbox(redisUrl)(ADA.key)).toHaveLength(1);
  await expect.poll(() => ingress.log().some((line) => line.msg === 'wake not added, left to the sweeper')).toBe(true);
  expect(await command(redisUrl, 'ZRANGE', 'dirty', '0', '-1')).toEqual([ADA.key]);
});

test('asked to end, it finishes what it has in hand and takes nothing new', async () => {
  const standIn = await openStandIn(1);
  const redis = await openRedis();
  const ingress = await startIngress({ standIn, redisUrl: redis.url });
  await command(redis.url, 'CLIENT', 'PAUSE', '60000', 'WRITE');
  standIn.workspace.postAs(ADA.id, { channel: ADA.dm, text: 'in hand' });
  await expect.poll(() => standIn.record.deliveries().length).toBe(1);
  // Redis holds the first one back until after the signal.
  ingress.kill('SIGTERM');
  await expect.poll(() => ingress.log().some((line) => line.msg === 'draining')).toBe(true);
  expect(allAcknowledged(standIn)).toBe(false);
  standIn.workspace.postAs(ADA.id, { channel: ADA.dm, text: 'too late' });
  await command(redis.url, 'CLIENT', 'UNPAUSE');
  expect(await ingress.exited).toBe(0);
  expect(standIn.record.deliveries().map((delivery) => delivery.ackedAt !== undefined)).toEqual([true, false]);
  expect(await openInbox(redis.url)(ADA.key)).toMatchObject([{ payload: { text: 'in hand' } }]);
});

test('it ends within its bound though Redis is away', async () => {
  const standIn = await openStandIn();
  const redis = await openRedis();
  const ingress = await startIngress({ standIn, redisUrl: redis.url, settings: { INGRESS_DRAIN: '8s' } });
  await redis.kill();
  ingress.kill('SIGTERM');
  expect(await ingress.exited).toBe(0);
});

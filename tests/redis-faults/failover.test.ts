// A primary, its replica and Sentinel, behind one address that follows the primary as a Kubernetes Service does.
import { startRedisServer, type RedisServer } from '@runnel/shared/testing';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedisService, type RedisService } from '../support/redis-service.ts';
import { startSentinel, type Sentinel } from '../support/start-sentinel.ts';
import { SHORT_LEASE, startStory, type Story } from '../support/story.ts';
import { startToxiproxy, type Proxy } from '../support/toxiproxy.ts';
import { Correspondence, linesOf } from './correspondence.ts';
import { untilCalm } from './measure-load.ts';

/** A full copy at once, and a link that is given up at a tenth of the usual time. */
const QUICK = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1', '--repl-timeout', '6'];

/** On a machine that others use a fleet alone may take half a minute to start. */
const soon = { timeout: 60_000 };

type Stage = AsyncDisposable & {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  /** How the replica and Sentinel reach the primary. */
  readonly peers: Proxy;
  readonly sentinel: Sentinel;
  readonly service: RedisService;
  readonly story: Story;
  readonly letters: Correspondence;
};

async function openStage(): Promise<Stage> {
  const opened = new AsyncDisposableStack();
  // It may be frozen when the test ends: nothing but SIGKILL ends it then.
  const primary = opened.adopt(await startRedisServer({ args: QUICK }), (server) => server.kill());
  const toxiproxy = opened.use(await startToxiproxy());
  const peers = await toxiproxy.between('peers', primary.port);
  const replica = opened.use(
    await startRedisServer({ args: [...QUICK, '--replicaof', '127.0.0.1', String(peers.port)] }),
  );
  const sentinel = opened.use(await startSentinel(peers.port));
  const service = opened.use(await startRedisService(primary.port));
  const story = opened.use(
    await startStory({ redisUrl: service.url, settings: { ...SHORT_LEASE, REDIS_REPLICAS: '1' } }),
  );
  const stage = {
    primary,
    replica,
    peers,
    sentinel,
    service,
    story,
    letters: new Correspondence(story, { hadTwoPrimaries: true }),
  };
  return { ...stage, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Resolves when Sentinel has promoted the replica and the service's address leads there. */
async function followPromotion({ sentinel, service, replica }: Stage): Promise<void> {
  await sentinel.promote();
  expect(await sentinel.primaryPort()).toBe(replica.port);
  service.moveTo(replica.port);
}

/** Resolves when somebody follows the new primary. From then on nobody promotes anybody, however slow the machine is. */
async function untilFollowed({ replica, sentinel }: Stage): Promise<void> {
  await ask(replica, async (redis) => {
    await expect.poll(() => redis.info('replication'), soon).toContain('state=online');
  });
  await sentinel[Symbol.asyncDispose]();
}

async function ask<T>(server: RedisServer, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(server.url);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

/** How often a message was refused because no replica has it. */
function notDurable({ story }: Stage): number {
  return linesOf(story, 'ingress').filter((line) => JSON.stringify(line['err'] ?? '').includes('[not_durable]')).length;
}

/** What was acknowledged is answered, once and in order, and everything goes on as before. */
async function expectNothingLost({ letters, story, replica }: Stage, before: number): Promise<void> {
  await expect.poll(() => letters.acknowledged(), soon).toBeGreaterThan(before);
  await letters.untilAnswered();
  await ask(replica, (redis) => untilCalm(story, redis));
}

test('the primary is killed: nothing acknowledged is lost, and nothing is acknowledged while no replica follows', async () => {
  await using stage = await openStage();
  await using again = new AsyncDisposableStack();
  const { letters, primary, replica } = stage;
  let acknowledged = 0;
  await letters.meanwhile(async () => {
    await expect.poll(() => letters.acknowledged(), soon).toBeGreaterThan(5);
    await primary.kill();
    await followPromotion(stage);
    acknowledged = letters.acknowledged();
    await expect.poll(() => notDurable(stage), soon).toBeGreaterThan(2);
    expect(letters.acknowledged(), 'without a replica').toBe(acknowledged);
    // Started again where it was, as a StatefulSet does; it follows whom it is told to.
    const args = [...QUICK, '--replicaof', '127.0.0.1', String(replica.port)];
    again.use(await startRedisServer({ port: primary.port, args }));
    await untilFollowed(stage);
  });
  await expectNothingLost(stage, acknowledged);
});

test('the primary freezes, and is a replica when it goes on: nothing acknowledged is lost', async () => {
  await using stage = await openStage();
  const { letters, primary } = stage;
  let acknowledged = 0;
  await letters.meanwhile(async () => {
    await expect.poll(() => letters.acknowledged(), soon).toBeGreaterThan(5);
    process.kill(primary.pid, 'SIGSTOP');
    await followPromotion(stage);
    acknowledged = letters.acknowledged();
    process.kill(primary.pid, 'SIGCONT');
    await untilFollowed(stage);
  });
  await expectNothingLost(stage, acknowledged);
});

test('the primary is split off with everybody still connected to it: nothing that it took alone is acknowledged, nothing acknowledged is lost', async () => {
  await using stage = await openStage();
  const { letters, peers, primary } = stage;
  let acknowledged = 0;
  await letters.meanwhile(async () => {
    await expect.poll(() => letters.acknowledged(), soon).toBeGreaterThan(5);
    for (const stream of ['upstream', 'downstream'] as const) {
      await peers.add({ type: 'timeout', stream, attributes: { timeout: 0 } });
    }
    await followPromotion(stage);
    acknowledged = letters.acknowledged();
    expect(await ask(primary, (redis) => redis.info('replication'))).toContain('role:master');
    await expect.poll(() => notDurable(stage)).toBeGreaterThan(2);
    expect(letters.acknowledged(), 'by the primary alone').toBe(acknowledged);
    await peers.heal();
    await untilFollowed(stage);
  });
  await expectNothingLost(stage, acknowledged);
});

test('every connection goes silent without a word, as when a node vanishes: each is replaced, and nobody is stranded', async () => {
  await using stage = await openStage();
  const { letters, service, story, primary } = stage;
  await letters.meanwhile(async () => {
    await expect.poll(() => letters.acknowledged(), soon).toBeGreaterThan(5);
    service.deafen();
    for (const index of story.people.keys()) letters.write(index);
    // A command waits 3.5 s for its answer; what blocks, as the queue's worker does, 15 s.
    await letters.untilAcknowledged();
  });
  await letters.untilAnswered();
  await ask(primary, (redis) => untilCalm(story, redis));
});

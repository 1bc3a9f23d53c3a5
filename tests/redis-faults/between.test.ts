// Every process has a proxy of its own in front of Redis, and the network fails in each way that networks fail.
import { setTimeout as pause } from 'node:timers/promises';
import { redisKeys } from '@runnel/shared/redis';
import { startRedisServer, type RedisServer } from '@runnel/shared/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHORT_LEASE, startStory, type Story } from '../support/story.ts';
import { startToxiproxy, type Proxy, type Toxic } from '../support/toxiproxy.ts';
import { Correspondence } from './correspondence.ts';
import { measureLoad, untilCalm } from './measure-load.ts';

const opened = new AsyncDisposableStack();
let server: RedisServer;
let redis: Redis;
let proxies: Proxy[];
let story: Story;
let letters: Correspondence;

beforeAll(async () => {
  server = opened.use(await startRedisServer());
  redis = opened.adopt(new Redis(server.url), (client) => client.disconnect());
  const toxiproxy = opened.use(await startToxiproxy());
  const open = async (name: string): Promise<Proxy> => toxiproxy.between(name, server.port);
  const [ingress, launcher, runner] = [await open('ingress'), await open('launcher'), await open('runner')];
  proxies = [ingress, launcher, runner];
  const urlOf = ({ port }: Proxy): string => `redis://127.0.0.1:${port}`;
  story = opened.use(
    await startStory({
      redisUrl: server.url,
      settings: SHORT_LEASE,
      redisUrls: { ingress: urlOf(ingress), launcher: urlOf(launcher), runner: urlOf(runner) },
    }),
  );
  letters = new Correspondence(story);
});
afterAll(async () => opened.disposeAsync());

type Fault = {
  readonly name: string;
  readonly toxics: readonly Toxic[];
  readonly ms: number;
  readonly outlastsLease?: true;
};

const FAULTS: readonly Fault[] = [
  {
    name: 'added latency',
    ms: 4_000,
    toxics: [
      { type: 'latency', stream: 'upstream', attributes: { latency: 60, jitter: 50 } },
      { type: 'latency', stream: 'downstream', attributes: { latency: 60, jitter: 50 } },
    ],
  },
  {
    name: 'a slow link',
    ms: 4_000,
    toxics: [
      { type: 'bandwidth', stream: 'upstream', attributes: { rate: 8 } },
      { type: 'bandwidth', stream: 'downstream', attributes: { rate: 8 } },
    ],
  },
  {
    name: 'connections that close in the middle of a reply',
    ms: 4_000,
    // Enough for the greeting of a client, and a few answers.
    toxics: [{ type: 'limit_data', stream: 'downstream', attributes: { bytes: 8_000 } }],
  },
  {
    name: 'connections reset instead of a reply',
    ms: 3_000,
    toxics: [{ type: 'reset_peer', stream: 'downstream', attributes: { timeout: 0 } }],
  },
  {
    name: 'half-open connections: Redis hears everything and nobody hears Redis',
    ms: 3_000,
    toxics: [{ type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } }],
  },
  {
    name: 'nothing, for longer than a lease',
    ms: 7_500,
    outlastsLease: true,
    toxics: [
      { type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } },
      { type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } },
    ],
  },
];

test.each(FAULTS)('$name: one answer to each message, in order, and nobody runs hot', async (fault) => {
  writeToAll();
  await letters.untilAcknowledged();
  await letters.untilAnswered();
  const before = await generations();
  await letters.meanwhile(async () => {
    for (const proxy of proxies) for (const toxic of fault.toxics) await proxy.add(toxic);
    const [load, askedMs] = await Promise.all([measureLoad(story, redis), askThrough(proxies), pause(fault.ms)]);
    for (const ms of askedMs) expect(ms, 'it fails').toBeGreaterThan(100);
    expect(load.cores, 'while it fails').toBeLessThan(0.6);
    expect(load.commandsPerSecond, 'while it fails').toBeLessThan(600);
    for (const proxy of proxies) await proxy.heal();
  });
  writeToAll();
  await letters.untilAcknowledged();
  await letters.untilAnswered();
  // Whoever could not renew has ended, and a successor has answered.
  if (fault.outlastsLease === true) expect(await generations()).not.toEqual(before);
  await untilCalm(story, redis);
});

function writeToAll(): void {
  for (const index of story.people.keys()) letters.write(index);
}

async function generations(): Promise<(string | null)[]> {
  return Promise.all(story.people.map((person) => redis.hget(redisKeys.lease(person.userKey), 'generation')));
}

/** How many milliseconds a new client waits for its greeting and one answer; Infinity where it gets none within a second. */
async function askThrough(through: readonly Proxy[]): Promise<number[]> {
  return Promise.all(
    through.map(async ({ port }) => {
      const client = new Redis({ port, lazyConnect: true, retryStrategy: null, socketTimeout: 1_000 });
      client.on('error', () => undefined); // the rejection says it
      const startedAt = performance.now();
      try {
        await client.connect();
        await client.info();
        return performance.now() - startedAt;
      } catch {
        return Infinity;
      } finally {
        client.disconnect();
      }
    }),
  );
}

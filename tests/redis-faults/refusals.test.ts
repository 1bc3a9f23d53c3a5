// A Redis that answers, and refuses: as an operator's mistake, a full machine or a failover make it. Nobody starts anything anew.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startRedisServer, type RedisServer } from '@runnel/shared/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SHORT_LEASE, startStory, type Story } from '../support/story.ts';
import { Correspondence, linesOf } from './correspondence.ts';
import { measureLoad, untilCalm } from './measure-load.ts';

type Fleet = { readonly story: Story; readonly redis: Redis; readonly letters: Correspondence };

type Refusal = {
  readonly name?: string;
  readonly begin: (redis: Redis) => Promise<unknown>;
  readonly end: (redis: Redis) => Promise<unknown>;
  /** What the log says of it. */
  readonly said: RegExp;
};

/** No hot loop, a line that says what is wrong, and when it is over the processes that were there go on. */
async function refuse({ begin, end, said }: Refusal, fleet: Fleet): Promise<void> {
  const { story, redis, letters } = fleet;
  writeToAll(fleet);
  await letters.untilAcknowledged();
  await letters.untilAnswered();
  // A turn that ends meanwhile: its runner has an answer, and may not post it before it has renewed its lease.
  letters.write(0, 'sleep 1; ');
  await letters.untilAcknowledged();
  const since = Date.now();
  await begin(redis);
  writeToAll(fleet);
  const load = await measureLoad(story, redis);
  const lines = faultsSince(story, since);
  await end(redis);
  expect(load.commandsPerSecond, 'while it refuses').toBeLessThan(180);
  expect(load.cores, 'while it refuses').toBeLessThan(0.6);
  expect(lines.filter((line) => said.test(line)).length, lines.join('\n')).toBeGreaterThan(0);
  expect(lines.length, 'lines of the log in about two seconds').toBeLessThan(200);
  await recovered(fleet);
}

/** Everything that was said meanwhile is answered. */
async function recovered(fleet: Fleet): Promise<void> {
  writeToAll(fleet);
  await fleet.letters.untilAcknowledged();
  await fleet.letters.untilAnswered();
  await untilCalm(fleet.story, fleet.redis);
}

function writeToAll({ story, letters }: Fleet): void {
  for (const index of story.people.keys()) letters.write(index);
}

/** What ingress and launcher have logged as a fault since then, with its cause. */
function faultsSince(story: Story, since: number): string[] {
  return [...linesOf(story, 'ingress'), ...linesOf(story, 'launcher')]
    .filter((line) => line['err'] !== undefined && Date.parse(String(line['time'])) >= since)
    .map((line) => JSON.stringify(line));
}

async function openFleet(server: RedisServer, redisUrl: string): Promise<Fleet & AsyncDisposable> {
  const opened = new AsyncDisposableStack();
  const redis = opened.adopt(new Redis(server.url), (client) => client.disconnect());
  const story = opened.use(await startStory({ redisUrl, settings: SHORT_LEASE }));
  const letters = new Correspondence(story);
  return { story, redis, letters, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

describe('a fleet with a password, denied all that managed services keep to themselves (CONFIG, ACL, CLIENT LIST)', () => {
  const rights = ['~*', '&*', '+@all', '-@dangerous', '+info'];
  const opened = new AsyncDisposableStack();
  let fleet: Fleet;
  beforeAll(async () => {
    const server = opened.use(await startRedisServer());
    const owner = new Redis(server.url);
    await owner.acl('SETUSER', 'fleet', 'on', '>right', ...rights);
    owner.disconnect();
    fleet = opened.use(await openFleet(server, `redis://fleet:right@127.0.0.1:${server.port}`));
  });
  afterAll(async () => opened.disposeAsync());

  test.each<Refusal>([
    {
      name: 'READONLY: the primary has become a replica',
      begin: (redis) => redis.replicaof('127.0.0.1', 1),
      end: (redis) => redis.replicaof('NO', 'ONE'),
      said: /READONLY/,
    },
    {
      name: 'OOM: the memory is full and nothing may be evicted',
      begin: (redis) => redis.config('SET', 'maxmemory', '1'),
      end: (redis) => redis.config('SET', 'maxmemory', '0'),
      said: /OOM/,
    },
    {
      name: 'WRONGPASS: the password was changed',
      begin: async (redis) => {
        await redis.acl('SETUSER', 'fleet', 'resetpass', '>other');
        await redis.client('KILL', 'USER', 'fleet');
      },
      end: (redis) => redis.acl('SETUSER', 'fleet', 'resetpass', '>right'),
      said: /WRONGPASS/,
    },
    {
      name: 'NOPERM: the rights were taken away',
      begin: (redis) => redis.acl('SETUSER', 'fleet', '-@write', '-@scripting'),
      end: (redis) => redis.acl('SETUSER', 'fleet', ...rights),
      said: /NOPERM/,
    },
    {
      name: 'NOREPLICAS: too few replicas for a write',
      begin: (redis) => redis.config('SET', 'min-replicas-to-write', '1'),
      end: (redis) => redis.config('SET', 'min-replicas-to-write', '0'),
      said: /NOREPLICAS/,
    },
  ])('$name', (refusal) => refuse(refusal, fleet));

  test('SCRIPT FLUSH again and again: every script is given anew, ours and those of the queue', async () => {
    await fleet.letters.meanwhile(async () => {
      for (let n = 0; n < 10; n += 1) {
        await fleet.redis.script('FLUSH');
        await pause(150);
      }
    });
    await recovered(fleet);
  });

  test('CLIENT KILL of every connection again and again: what was under way is sent again, and taken once', async () => {
    await fleet.letters.meanwhile(async () => {
      for (let n = 0; n < 12; n += 1) {
        for (const type of ['normal', 'pubsub', 'replica', 'master']) {
          await fleet.redis.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
        }
        await pause(250);
      }
    });
    await recovered(fleet);
  });
});

describe('a fleet without a password, whose Redis keeps an append-only file', () => {
  const opened = new AsyncDisposableStack();
  let disk: SmallDisk;
  let fleet: Fleet;
  beforeAll(async () => {
    disk = opened.use(await startRedisOnSmallDisk());
    fleet = opened.use(await openFleet(disk.server, disk.server.url));
  });
  afterAll(async () => opened.disposeAsync());

  test('NOAUTH: a password was set', () =>
    refuse(
      {
        begin: async (redis) => {
          await redis.config('SET', 'requirepass', 'new');
          await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        },
        end: (redis) => redis.config('SET', 'requirepass', ''),
        said: /NOAUTH/,
      },
      fleet,
    ));

  test.runIf(process.platform === 'linux')('MISCONF: the disk is full', () =>
    refuse(
      {
        begin: async (redis) => {
          await disk.fill();
          await expect.poll(() => redis.set('x', '1').catch(String)).toContain('MISCONF');
        },
        end: async (redis) => {
          await disk.clear();
          await expect.poll(() => redis.set('x', '1').catch(String)).toBe('OK');
        },
        said: /MISCONF/,
      },
      fleet,
    ),
  );
});

type SmallDisk = AsyncDisposable & {
  readonly server: RedisServer;
  /** No file of the server grows any more. */
  fill(): Promise<void>;
  clear(): Promise<void>;
};

/** A limit on the size of its files is to Redis what a full disk is: a write that fails. It needs no root, and no disk. */
async function startRedisOnSmallDisk(): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-small-disk-'));
  const program = join(folder, 'redis-server');
  // The limit comes as a signal first, which would end it.
  const script = `#!/bin/sh\ntrap '' XFSZ\nexec "${process.env['REDIS_SERVER'] ?? 'redis-server'}" "$@"\n`;
  await writeFile(program, script, { mode: 0o755 });
  vi.stubEnv('REDIS_SERVER', program);
  const small = await startRedisServer({ args: ['--appendonly', 'yes', '--appendfsync', 'everysec'] });
  vi.unstubAllEnvs();
  const limit = async (size: string): Promise<void> =>
    void (await promisify(execFile)('prlimit', ['--pid', String(small.pid), `--fsize=${size}:unlimited`]));
  return {
    server: small,
    fill: () => limit('1'),
    clear: () => limit('unlimited'),
    async [Symbol.asyncDispose]() {
      await small.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

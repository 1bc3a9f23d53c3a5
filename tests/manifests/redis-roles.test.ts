// Each process with the Redis user of its role: everything it does works, and nothing else does.
import { RedisDelivery, redisKeptThreads } from '@runnel/shared/redis';
import { deliveryTestSettings } from '@runnel/shared/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runToEnd } from '../support/run-process.ts';
import { startStory, type Story } from '../support/story.ts';
import { startRoleRedis, type Role, type RoleRedis } from './start-role-redis.ts';

let primary: RoleRedis;
let replica: RoleRedis;
beforeAll(async () => {
  primary = await startRoleRedis();
  replica = await startRoleRedis(primary.port);
});
afterAll(async () => {
  await replica[Symbol.asyncDispose]();
  await primary[Symbol.asyncDispose]();
});

function connect(role: Role, redis: RoleRedis = primary): Redis {
  const client = new Redis(redis.urlOf(role));
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

/** What Redis refused, to whom. */
async function refusals(): Promise<string[]> {
  const log = (await connect('admin').acl('LOG')) as unknown[];
  return log.map((entry) => {
    const fields = toRecord(entry);
    return `${String(fields['username'])}: ${String(fields['reason'])} ${String(fields['object'])} (${String(fields['context'])})`;
  });
}

/** Which of the two depends on the protocol that the client speaks. */
function toRecord(entry: unknown): Record<string, unknown> {
  if (!Array.isArray(entry)) return { ...(entry as object) };
  const fields = entry as unknown[];
  return Object.fromEntries(fields.flatMap((key, n) => (n % 2 === 0 ? [[String(key), fields[n + 1]]] : [])));
}

describe('a whole fleet, each process as its role', () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory({
      people: 3,
      settings: { RUNNER_IDLE_TIMEOUT: '1s', RUNNER_CONCURRENCY: '1', REDIS_REPLICAS: '1' },
      redisUrl: primary.urlOf('admin'),
      redisUrls: {
        ingress: primary.urlOf('ingress'),
        launcher: primary.urlOf('launcher'),
        runner: primary.urlOf('runner'),
      },
    });
  });
  afterAll(async () => story[Symbol.asyncDispose]());

  test('answers, waits in line, stops, dies, sleeps and wakes, and is refused nothing', async () => {
    await connect('admin').acl('LOG', 'RESET');
    const [ada, ben, cleo] = [story.person(0), story.person(1), story.person(2)];
    const first = ada.say('echo hello');
    const waits = ben.say('echo mine');
    expect(await story.answered(first)).toEqual([expect.stringContaining('hello')]);
    expect(await story.answered(waits)).toEqual([expect.stringContaining('mine')]);

    const long = cleo.say('sleep 60');
    await expect.poll(async () => (await story.fleet.runners.pod(cleo.userKey))?.state).toBe('running');
    cleo.say('echo behind', { in: long });
    cleo.say('stop', { in: long });
    await story.told(long, /stopped/i);
    await story.told(first, /saved/i);

    const dies = ben.say('sleep 1; echo survived');
    process.kill(await story.runnerPid(ben), 'SIGKILL');
    expect(await story.answered(dies)).toEqual([expect.stringContaining('survived')]);
    const again = ada.say('echo again', { in: first });
    expect((await story.answered(first, 2))[1]).toContain('again');

    const goes = cleo.say('forget me');
    const card = (): string | undefined =>
      story.messages(goes).find(({ blocks }) => JSON.stringify(blocks ?? []).includes('Delete everything'))?.ts;
    await expect.poll(card, { timeout: 30_000 }).toBeDefined();
    const on = { channel: goes.channel, ts: card() ?? '', actionId: 'choose.0' };
    story.fleet.workspace.pressButton(cleo.id, on);
    expect(await story.answered(goes)).toEqual([expect.stringMatching(/^All that I kept of you is deleted/)]);

    await story.told(ada.say('stay 1m'), /stays awake for a minute/);
    await story.told(ada.say('status'), /Your runner/);

    const dashboard = new URL(story.fleet.dashboardUrl);
    const headers = { authorization: `Bearer ${dashboard.searchParams.get('token') ?? ''}` };
    for (const path of ['queues', 'queues?activeQueue=launches&status=completed&page=1&jobsPerPage=10']) {
      expect((await fetch(`${dashboard.origin}/queues/api/${path}`, { headers })).status).toBe(200);
    }
    const link = `https://local.slack.com/archives/${again.channel}/p${again.ts.replace('.', '')}`;
    const explained = await runToEnd('cli', { REDIS_URL: primary.urlOf('operator') }, ['explain', '--json', link]);
    expect(explained).toMatchObject({ exitCode: 0, stderr: '' });
    expect(explained.stdout).toContain('"answered"');

    expect(await refusals()).toEqual([]);
  });
});

/** Role, command, why it must not be able to. */
const REFUSED: readonly [role: Role, command: string, why: string][] = [
  ['runner', 'GET bound:T1:C1:1.1', 'whose thread it is was decided by ingress'],
  ['runner', 'SET bound:T1:C1:1.1 U0EVE', 'threads cannot be taken over'],
  ['runner', 'ZRANGE dirty 0 -1', 'who has messages waiting is no affair of a runner'],
  ['runner', 'ZADD dirty 1 T1:U1', 'runners never touch it'],
  ['runner', 'GET {T1:U1}:seen:T1:C1:1.1', 'what arrived'],
  ['runner', 'DEL {T1:U1}:seen:T1:C1:1.1', 'a message would be taken twice'],
  ['runner', 'LRANGE runnel:launches:wait 0 -1', 'the launch queue'],
  ['runner', 'EVAL return(redis.call("get","dirty")) 0', 'scripts reach no further than commands'],
  ['runner', 'EVAL return(1) 1 runnel:launches:wait', 'keys of a script, too'],
  ['runner', 'XREAD STREAMS runnel:launches:events 0', 'streams, too'],
  ['runner', 'GET whose:C1:1.1', 'written by a runner, read by others'],
  ['runner', 'HGETALL kept', 'who waits for a credential'],
  ['ingress', 'HDEL kept any', "runner's and launcher's own; it only looks whom a stop is for"],
  ['runner', 'SET {T1:U1}:stay any', 'it would keep its place for ever'],
  ['runner', 'GET listening', "ingress's own"],
  ['runner', 'GET ended:runner-1', 'what other runners said last'],
  ['runner', 'SCAN 0', 'names of keys name people'],
  ['runner', 'PUBLISH any word', 'channels'],
  ['ingress', 'GET settled', "launcher's own"],
  ['ingress', 'XREAD STREAMS {T1:U1}:events 0', 'what runners tell'],
  ['ingress', 'HGETALL {T1:U1}:tries', "runner's own"],
  ['ingress', 'SCAN 0', 'names of keys'],
  ['launcher', 'GET bound:T1:C1:1.1', "ingress's own"],
  ['launcher', 'XADD {T1:U1}:dead * cause none', "runner's own"],
  ['launcher', 'FUNCTION LIST', 'code in the server'],
  ['operator', 'XADD {T1:U1}:inbox * i x p x', 'it only looks'],
  ['operator', 'DEL {T1:U1}:lease', 'it only looks'],
  ...(['ingress', 'launcher', 'runner'] as const).map((role): [Role, string, string] => [
    role,
    'CLIENT LIST',
    'who is connected',
  ]),
  ['replica', 'GET dirty', 'it copies, it does not read'],
  ...(['ingress', 'launcher', 'runner', 'operator'] as const).flatMap((role) =>
    [
      'KEYS *',
      'FLUSHALL',
      'CONFIG GET *',
      'ACL LIST',
      'MONITOR',
      'REPLICAOF NO ONE',
      'SHUTDOWN NOSAVE',
      'BGREWRITEAOF',
      'SAVE',
    ].map((command): [Role, string, string] => [role, command, 'the server is not theirs']),
  ),
];

test.each(REFUSED)('%s may not %s: %s', async (role, command) => {
  const [name = '', ...args] = command.split(' ');
  await expect(connect(role).call(name, ...args)).rejects.toThrow(/^NOPERM|The user executing the script can't/);
});

test('what a runner notes of kept messages its launcher finds, brings into the inbox once, and removes', async () => {
  const [noting, launcher] = [connect('runner'), connect('launcher')];
  const kept = { user: 'T1:U0KEPT', session: 'T1:D1:1.0', agent: 'claude', generation: '1', id: 'one' } as const;
  await redisKeptThreads(noting).note(kept);
  const threads = redisKeptThreads(launcher);
  expect(await threads.all()).toEqual([kept]);
  const payload = { v: 1, type: 'run_kept', session: kept.session, author: 'U0KEPT', at: 1, agent: 'claude' } as const;
  const inbox = new RedisDelivery(launcher, deliveryTestSettings);
  const enqueue = async () => (await inbox.enqueue({ user: kept.user, identity: 'kept:one', payload })).verdict;
  expect([await enqueue(), await enqueue()]).toEqual(['queued', 'duplicate']);
  await threads.remove(kept);
  expect(await threads.all()).toEqual([]);
  await redisKeptThreads(noting).forget(kept.user, [kept.session]);
});

test('nobody comes in without a user, with a wrong password, or as the probe for more than a ping', async () => {
  const said = async (url: string): Promise<string> => {
    const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null, enableReadyCheck: false });
    client.on('error', () => undefined);
    onTestFinished(() => client.disconnect());
    return client.info().catch(String);
  };
  expect(await said(`redis://127.0.0.1:${primary.port}`)).toContain('NOAUTH');
  expect(await said(`redis://runner:wrong@127.0.0.1:${primary.port}`)).toMatch(/WRONGPASS|closed/);
  expect(await said(`redis://probe:none@127.0.0.1:${primary.port}`)).toContain('NOPERM');
});

test('what must not be lost is not: nothing evicted, an append-only file, a replica that follows', async () => {
  const admin = connect('admin');
  const value = async (name: string): Promise<unknown> => {
    const answer = (await admin.config('GET', name)) as unknown;
    return toRecord(answer)[name];
  };
  expect(await value('maxmemory-policy')).toBe('noeviction');
  expect([await value('appendonly'), await value('appendfsync')]).toEqual(['yes', 'everysec']);
  await admin.set('settled', 'here');
  expect(await admin.wait(1, 5_000)).toBe(1);
  expect(await connect('admin', replica).get('settled')).toBe('here');
});

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { runnerName, sessionKey } from '@runnel/shared';
import { RedisDelivery, redisKeys } from '@runnel/shared/redis';
import { deliveryTestSettings, startRedisServer } from '@runnel/shared/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Place, type Story } from '../support/story.ts';

/** Nobody waits for a lease to run out: an end that is seen frees it. */
const LEASE_MS = 60_000;
const RECOVERY_MS = 0.8 * LEASE_MS;

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 6, settings: { LEASE_DURATION: `${LEASE_MS}ms` } });
});
afterAll(async () => story[Symbol.asyncDispose]());

async function untilFileIn(place: Place, marker: string): Promise<void> {
  await expect
    .poll(() =>
      story.fleet.standIn.record
        .calls('assistant.threads.setStatus')
        .some(
          (call) => JSON.stringify(call.args).includes(place.threadTs) && JSON.stringify(call.args).includes(marker),
        ),
    )
    .toBe(true);
}

async function exactlyOneAnswer(place: Place, text: string): Promise<void> {
  expect((await story.answered(place, 1, RECOVERY_MS))[0]).toContain(text);
  // Nothing is left that could be answered again.
  await expect.poll(() => backlog(place)).toBe(0);
  expect(story.answers(place)).toHaveLength(1);
}

async function backlog(place: Place): Promise<number> {
  const owner = story.people.find((person) => person.dm === place.channel);
  if (owner === undefined) throw new Error('a thread of somebody');
  return withRedis((redis) => redis.xlen(redisKeys.inbox(owner.userKey)));
}

async function withRedis<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(story.fleet.redisUrl);
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

test('a runner killed in the middle of a turn: its successor answers, once', async () => {
  const ada = story.person(0);
  const place = ada.say('sleep 1; echo survived');
  await untilFileIn(place, 'working');
  process.kill(await story.runnerPid(ada), 'SIGKILL');
  await exactlyOneAnswer(place, 'survived');
});

test('a runner killed between its reply and the acknowledgement: the reply is found, not repeated', async () => {
  const ada = story.person(1);
  const { faults } = story.fleet.standIn;
  // Nobody hears that the reply is posted, and the look whether it stands there takes long: so the runner dies in between.
  faults.next('chat.postMessage', { kind: 'lost-response' });
  faults.always('conversations.replies', { kind: 'delay', ms: 60_000 });
  const place = ada.say('echo posted once');
  await story.answered(place);
  process.kill(await story.runnerPid(ada), 'SIGKILL');
  faults.clear();
  expect(await backlog(place), 'not acknowledged').toBe(1);
  await exactlyOneAnswer(place, 'posted once');
});

test('an ingress killed between append and wake: the sweeper finds the message, and its redelivery is no second one', async () => {
  const ada = story.person(2);
  const { standIn, workspace } = story.fleet;
  const [ingress] = story.fleet.ingresses;
  ingress?.kill();
  await ingress?.ended;
  const before = standIn.record.deliveries('message').length;
  const place = ada.say('echo found');
  // What is left of an ingress that died there: all that `enqueue` does, but no job and no acknowledgement.
  const session = sessionKey(workspace.team.id, place);
  const payload = { v: 1, type: 'prompt', session, author: ada.id, at: Date.now(), ts: place.ts } as const;
  await withRedis((redis) =>
    new RedisDelivery(redis, deliveryTestSettings).enqueue({
      user: ada.userKey,
      identity: session,
      payload: { ...payload, text: 'echo found', fileNames: [] },
    }),
  );
  await exactlyOneAnswer(place, 'found');
  await story.fleet.startIngress();
  const redeliveries = () => standIn.record.deliveries('message').slice(before);
  await expect.poll(() => redeliveries().some((delivery) => delivery.ackedAt !== undefined)).toBe(true);
  await exactlyOneAnswer(place, 'found');
});

test('a launcher killed between job and process: another one goes on', async () => {
  const ada = story.person(3);
  const [first] = story.fleet.launchers;
  first?.kill();
  await first?.ended;
  const place = ada.say('echo launched');
  const generation = () => withRedis((redis) => redis.hget(redisKeys.lease(ada.userKey), 'generation'));
  await expect.poll(generation).not.toBeNull();
  // Whoever opens a pipe without a reader waits: the next launcher stands still right before it starts the process.
  const pods = join(story.folder, 'pods');
  const name = runnerName(ada.userKey);
  const log = join(pods, 'logs', name, `${await generation()}.log`);
  await mkdir(dirname(log), { recursive: true });
  await promisify(execFile)('mkfifo', [log]);
  const second = await story.fleet.startLauncher();
  await expect.poll(() => existsSync(join(pods, 'pods', name))).toBe(true);
  second.kill();
  await second.ended;
  await rm(log);
  await story.fleet.startLauncher();
  await exactlyOneAnswer(place, 'launched');
});

test('Redis killed, away for a while and back: nothing is lost, nobody does anything by hand', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'runnel-redis-away-'));
  const durable = { args: ['--appendonly', 'yes', '--appendfsync', 'always'], dir };
  const first = await startRedisServer(durable);
  const own = await startStory({ redisUrl: first.url, people: 2 });
  const servers = [first];
  try {
    const place = own.person(0).say('sleep 1; echo before');
    const status = () => own.fleet.workspace.statuses().find((one) => one.threadTs === place.threadTs)?.status;
    await expect.poll(status).toMatch(/working/);
    await first.kill();
    const during = own.person(1).say('echo during');
    await pause(5_000);
    servers.push(await startRedisServer({ ...durable, port: first.port }));
    expect((await own.answered(place))[0]).toContain('before');
    expect((await own.answered(during))[0]).toContain('during');
    expect([own.answers(place).length, own.answers(during).length]).toEqual([1, 1]);
  } finally {
    await own[Symbol.asyncDispose]();
    for (const server of servers) await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
});

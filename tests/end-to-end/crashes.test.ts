import { redisKeys } from '@runnel/shared/redis';
import { startRedisServer } from '@runnel/shared/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Person, type Place, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 6 });
});
afterAll(async () => story[Symbol.asyncDispose]());

/** Lease plus sweep, at a tenth, and the start of a runner: nobody waits longer. */
const RECOVERY_MS = 10_000;

async function runnerPid(person: Person): Promise<number> {
  const find = async (): Promise<number> => (await story.fleet.runners.pod(person.userKey))?.runner.pid ?? 0;
  await expect.poll(find, { timeout: 10_000 }).toBeGreaterThan(0);
  return find();
}

async function untilFileIn(place: Place, marker: string): Promise<void> {
  await expect
    .poll(
      () =>
        story.fleet.standIn.record
          .calls('assistant.threads.setStatus')
          .some(
            (call) => JSON.stringify(call.args).includes(place.threadTs) && JSON.stringify(call.args).includes(marker),
          ),
      { timeout: 10_000 },
    )
    .toBe(true);
}

async function exactlyOneAnswer(place: Place, text: string): Promise<void> {
  expect((await story.answered(place, 1, RECOVERY_MS))[0]).toContain(text);
  await inboxEmpty(place);
  expect(story.answers(place)).toHaveLength(1);
}

/** Nothing is left that could be answered again. */
async function inboxEmpty(place: Place): Promise<void> {
  const redis = new Redis(story.fleet.redisUrl);
  const owner = story.people.find((person) => person.dm === place.channel);
  if (owner === undefined) throw new Error('a thread of somebody');
  await expect.poll(() => redis.xlen(redisKeys.inbox(owner.userKey)), { timeout: 10_000 }).toBe(0);
  redis.disconnect();
}

test('a runner killed in the middle of a turn: its successor answers, once', async () => {
  const ada = story.person(0);
  const place = ada.say('sleep 1; echo survived');
  await untilFileIn(place, 'working');
  process.kill(await runnerPid(ada), 'SIGKILL');
  await exactlyOneAnswer(place, 'survived');
});

test('a runner killed between its reply and the acknowledgement: the reply is found, not repeated', async () => {
  const ada = story.person(1);
  // The answer of Slack is held back, so that the runner dies with its reply posted and unconfirmed.
  story.fleet.standIn.faults.next('chat.postMessage', { kind: 'lost-response' });
  const posted = (): number =>
    story.fleet.standIn.record
      .calls('chat.postMessage')
      .filter((call) => JSON.stringify(call.args).includes('posted once')).length;
  const place = ada.say('echo posted once');
  await expect.poll(posted, { timeout: 10_000, interval: 1 }).toBe(1);
  process.kill(await runnerPid(ada), 'SIGKILL');
  await exactlyOneAnswer(place, 'posted once');
});

test('an ingress killed between append and wake: the sweeper finds the message', async () => {
  const ada = story.person(2);
  const redis = new Redis(story.fleet.redisUrl);
  await story.answered(ada.say('echo first'));
  process.kill(await runnerPid(ada), 'SIGKILL');
  await expect.poll(() => redis.hget(redisKeys.lease(ada.userKey), 'state'), { timeout: 10_000 }).toBe('idle');
  // What ingress leaves that died there: the entry and the mark, but no job.
  const payload = {
    v: 1,
    type: 'prompt',
    session: `T0LOCAL:${ada.dm}:1700000000.000100`,
    author: ada.id,
    at: 1,
    ts: '1700000000.000100',
    text: 'echo found',
    fileNames: [],
  };
  const root = story.fleet.workspace.postAs(ada.id, { channel: ada.dm, text: 'echo root' });
  await story.answered({ channel: ada.dm, threadTs: root.ts });
  process.kill(await runnerPid(ada), 'SIGKILL');
  await expect.poll(() => redis.hget(redisKeys.lease(ada.userKey), 'state'), { timeout: 10_000 }).toBe('idle');
  const session = `T0LOCAL:${ada.dm}:${root.ts}`;
  await redis.zadd(redisKeys.dirty, Date.now(), ada.userKey);
  await redis.xadd(
    redisKeys.inbox(ada.userKey),
    '*',
    'i',
    `${session}:orphan`,
    'p',
    JSON.stringify({ ...payload, session, ts: root.ts }),
  );
  redis.disconnect();
  expect((await story.answered({ channel: ada.dm, threadTs: root.ts }, 2, RECOVERY_MS))[1]).toContain('found');
});

test('a launcher killed with a launch in its hand: another one, started later, goes on', async () => {
  const ada = story.person(3);
  const [launcher] = story.fleet.launchers;
  launcher?.kill();
  await launcher?.ended;
  const place = ada.say('echo launched');
  await story.fleet.startLauncher();
  await exactlyOneAnswer(place, 'launched');
});

test('Redis away for a while: nothing is lost, nobody does anything by hand', async () => {
  await using redis = await startRedisServer({ args: ['--appendonly', 'yes'] });
  const own = await startStory({ redisUrl: redis.url, people: 2 });
  try {
    const place = own.person(0).say('sleep 1; echo before');
    await expect
      .poll(() => own.fleet.standIn.record.calls('assistant.threads.setStatus').length, { timeout: 10_000 })
      .toBeGreaterThan(0);
    process.kill(redis.pid, 'SIGSTOP');
    const during = own.person(1).say('echo during');
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    process.kill(redis.pid, 'SIGCONT');
    expect((await own.answered(place, 1, 30_000))[0]).toContain('before');
    expect((await own.answered(during, 1, 30_000))[0]).toContain('during');
    expect([own.answers(place).length, own.answers(during).length]).toEqual([1, 1]);
  } finally {
    await own[Symbol.asyncDispose]();
  }
});

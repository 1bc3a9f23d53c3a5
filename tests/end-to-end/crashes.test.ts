import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisDelivery, redisKeys } from '@runnel/shared/redis';
import { deliveryTestSettings, promptOf, startRedisServer } from '@runnel/shared/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Person, type Place, type Story } from '../support/story.ts';

const prompt = promptOf('echo found');

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
  const root = ada.say('echo root');
  await story.answered(root);
  process.kill(await runnerPid(ada), 'SIGKILL');
  const redis = new Redis(story.fleet.redisUrl);
  await expect.poll(() => redis.hget(redisKeys.lease(ada.userKey), 'state')).toBe('idle');
  // The shipped step, and then nothing: what an ingress leaves that died before the wake.
  const delivery = new RedisDelivery(redis, deliveryTestSettings);
  const { hint } = await delivery.enqueue({
    user: ada.userKey,
    identity: `T0LOCAL:${ada.dm}:orphan`,
    payload: { ...prompt, session: `T0LOCAL:${ada.dm}:${root.threadTs}`, author: ada.id, ts: root.ts },
  });
  redis.disconnect();
  expect(hint.kind).not.toBe('none');
  expect((await story.answered(root, 2, RECOVERY_MS))[1]).toContain('found');
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

test.each(['frozen', 'killed and started again'])(
  'Redis %s for 5 s: nothing is lost, nobody does anything by hand',
  async (how) => {
    const dir = await mkdtemp(join(tmpdir(), 'runnel-away-'));
    const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
    let redis = await startRedisServer({ args, dir });
    const own = await startStory({ redisUrl: redis.url, people: 2 });
    try {
      const place = own.person(0).say('sleep 1; echo before');
      await expect.poll(() => own.fleet.standIn.record.calls('assistant.threads.setStatus').length).toBeGreaterThan(0);
      if (how === 'frozen') process.kill(redis.pid, 'SIGSTOP');
      else await redis.kill();
      const during = own.person(1).say('echo during');
      await sleep(5_000);
      if (how === 'frozen') process.kill(redis.pid, 'SIGCONT');
      else redis = await startRedisServer({ args, dir, port: redis.port });
      expect((await own.answered(place, 1, 40_000))[0]).toContain('before');
      expect((await own.answered(during, 1, 40_000))[0]).toContain('during');
      expect([own.answers(place).length, own.answers(during).length]).toEqual([1, 1]);
    } finally {
      await own[Symbol.asyncDispose]();
      await redis.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
);

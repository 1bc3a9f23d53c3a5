// `runnel explain` against a whole fleet: what it says of messages that were answered, and of those that are stuck right now.
import { sessionKey } from '@runnel/shared';
import { RedisDelivery } from '@runnel/shared/redis';
import { deliveryTestSettings } from '@runnel/shared/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToEnd } from '../support/run-process.ts';
import { startStory, type Place, type Story } from '../support/story.ts';

type Step = { readonly step: string; readonly outcome?: string; readonly try?: number; readonly source?: string };
type Explanation = {
  readonly verdict: { readonly state: string; readonly sentence: string };
  readonly steps: readonly Step[];
};

/** Each look is a program of its own. */
const unhurriedly = { interval: 300 };

let story: Story;
beforeAll(async () => {
  const settings = { RUNNER_CONCURRENCY: '1', RUNNER_IDLE_TIMEOUT: '300ms', LAUNCH_BACKOFF: '300ms' };
  story = await startStory({ people: 4, settings });
});
afterAll(async () => story[Symbol.asyncDispose]());

async function runnel(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runToEnd('cli', { REDIS_URL: story.fleet.redisUrl }, args);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout;
}

async function explain(message: { channel: string; ts: string }): Promise<Explanation> {
  return JSON.parse(await runnel('explain', '--json', linkTo(message))) as Explanation;
}

function linkTo({ channel, ts }: { channel: string; ts: string }): string {
  return `https://local.slack.com/archives/${channel}/p${ts.replace('.', '')}`;
}

function stepsOf({ steps }: Explanation): string[] {
  return steps.map(({ step }) => step);
}

const said = async (message: Place & { ts: string }): Promise<string> => (await explain(message)).verdict.sentence;

test('of an answered message every step is shown, in order, whatever names it', async () => {
  const ada = story.person(0);
  const message = ada.say('echo hello');
  await story.answered(message);
  let explanation = await explain(message);
  while (explanation.verdict.state !== 'answered') explanation = await explain(message);
  const wanted =
    'enqueue wake acknowledge_slack settle create acquire claim begin restore run archive manifest post acknowledge';
  // A sweep may come between the append and the wake, and wake too.
  expect([...new Set(stepsOf(explanation))].toSorted()).toEqual(wanted.split(' ').toSorted());
  const order = 'enqueue create acquire claim begin run manifest post acknowledge'.split(' ');
  expect([...new Set(stepsOf(explanation))].filter((step) => order.includes(step))).toEqual(order);
  const wakes = explanation.steps.filter(({ step }) => step === 'wake');
  expect(wakes.map(({ source }) => source)).toContain('ingress');

  const identity = sessionKey(story.fleet.workspace.team.id, { channel: message.channel, threadTs: message.ts });
  for (const name of [[message.channel, message.ts], [`reply:${identity}`]]) {
    const text = await runnel('explain', ...name);
    expect(text).toMatch(/ingress \d+@.* enqueue +queued[^]*runner \d+@.* begin +try 1 +\d{13} +[0-9a-f-]{36}/);
    expect(text).toMatch(/It was answered at .*, .* after it came\.$/);
  }
});

test('a turn that runs, one that waits for the cap, one that nobody ever saw', async () => {
  const [ada, ben] = [story.person(0), story.person(1)];
  // Beside the homes of all runners: the second try finds it.
  const running = ada.say('[ -e ../../../../tried ] || { touch ../../../../tried; sleep 60; }; echo done');
  await expect
    .poll(() => said(running), unhurriedly)
    .toMatch(/^Its runner \(generation \d+, pod .*\) has been running its turn for .* try 1\.$/);
  const waiting = ben.say('echo later');
  await expect
    .poll(() => said(waiting), unhurriedly)
    .toBe('It waits for its turn: place 1 of 1, the cap of 1 runners is reached.');
  expect(await said({ ...waiting, ts: `${Math.floor(Date.now() / 1_000)}.000001` })).toMatch(/^It was never seen/);
  expect(await said({ ...waiting, ts: '1700000000.000001' })).toMatch(/^Unknown: it is older than a day/);

  process.kill(await story.runnerPid(ada), 'SIGKILL');
  await story.answered(running);
  await story.answered(waiting);
  await expect.poll(() => said(running), unhurriedly).toMatch(/answered at .* at try 2/);
  const { steps } = await explain(running);
  expect(steps.filter(({ step }) => step === 'begin').map((begin) => begin.try)).toEqual([1, 2]);
  expect(steps.filter(({ step }) => step === 'end').map(({ source }) => source)).toContain('crash');
  expect(await runnel('explain', linkTo(running))).toMatch(/run +under way, or its process ended/);
});

test('a dead letter says so, and why', async () => {
  const deadly = story.person(2).say('kill -9 $PPID');
  await story.told(deadly, /three times/);
  await expect
    .poll(async () => (await explain(deadly)).verdict, unhurriedly)
    .toMatchObject({
      state: 'dead_letter',
      sentence: expect.stringMatching(/dead letter at .* \(too_many_tries: /),
    });
  const begun = (await explain(deadly)).steps.filter(({ step }) => step === 'begin');
  expect(begun.map((begin) => begin.try)).toEqual([1, 2, 3, 4]);
});

test('a message whose ingress died before the wake, with no launcher: found without a trace, and who is missing is named', async () => {
  const ada = story.person(3);
  for (const child of [...story.fleet.ingresses, ...story.fleet.launchers]) {
    child.kill();
    await child.ended;
  }
  const message = ada.say('echo found');
  // All that `enqueue` does, but no job, no acknowledgement, no trace.
  const session = sessionKey(story.fleet.workspace.team.id, message);
  const redis = new Redis(story.fleet.redisUrl);
  const payload = { v: 1, type: 'prompt', session, author: ada.id, at: Date.now(), ts: message.ts } as const;
  const delivery = new RedisDelivery(redis, { ...deliveryTestSettings, backoffMs: 120_000, backoffCapMs: 120_000 });
  const user = ada.userKey;
  await delivery.enqueue({ user, identity: session, payload: { ...payload, text: 'echo found', fileNames: [] } });
  expect(await said(message)).toMatch(/^Nobody serves it: no launcher is running/);
  const { generation } = await delivery.lease(user);
  await delivery.end({ user, generation, owner: '', cause: 'crash', counted: true });
  expect(await said(message)).toMatch(
    /^Its runner failed once in a row; the next one starts in .* no launcher is running/,
  );
  // Again nobody adds the job that this asks for.
  await delivery.reopen(user);
  redis.disconnect();
  await story.fleet.startLauncher();
  await expect.poll(() => said(message), unhurriedly).toMatch(/^It was answered/);
  const wakes = (await explain(message)).steps.filter(({ step }) => step === 'wake');
  expect(wakes.map(({ source }) => source)).toEqual(['sweeper']);
  await story.fleet.startIngress();
});

import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { RunnelError } from '../errors.ts';
import type { StepRecord } from '../step-record.ts';
import { takeStep, type StepFacts, type StepName } from '../step.ts';
import { freshRedisUrl } from '../testing/fresh-redis-url.ts';
import { startRedisServer } from '../testing/redis-server.ts';
import { connectRedis } from './connect-redis.ts';
import { redisKeys } from './redis-keys.ts';
import { redisStepTrace } from './redis-step-trace.ts';

const USER = 'T0:U0';
const MESSAGE = 'T0:D0:1.000100';
const facts = { user: USER, generation: '5', owner: 'pod', identities: [MESSAGE] } as const;

async function startTrace(url?: string) {
  const redis = connectRedis(url ?? (await freshRedisUrl()), 'commands', () => undefined);
  const dropped: unknown[] = [];
  await redis.ping();
  const trace = redisStepTrace({ redis, process: 'runner', onDropped: (error) => dropped.push(error) });
  onTestFinished(async () => {
    await trace[Symbol.asyncDispose]();
    redis.disconnect();
  });
  return { redis, trace, dropped };
}

const take = (name: StepName, more: StepFacts = {}, result: unknown = 'ok') =>
  takeStep(name, { ...facts, ...more }, () => Promise.resolve(result));
const fail = (name: StepName, more: StepFacts = {}) =>
  takeStep(name, { ...facts, ...more }, () => Promise.reject(new RunnelError('slack_unavailable', 'no answer'))).catch(
    () => undefined,
  );

async function records(redis: Redis): Promise<StepRecord[]> {
  const entries = await redis.xrange(redisKeys.trace(USER), '-', '+');
  return entries.flatMap(([, [, text = '{"steps":[]}']]) => {
    const { all, steps: own } = JSON.parse(text) as { all: object; steps: StepRecord[] };
    return own.map((record) => ({ ...all, ...record }));
  });
}

async function steps(redis: Redis): Promise<string[]> {
  return (await records(redis)).map(({ step, outcome = 'under way' }) => `${step} ${outcome}`);
}

test('what happens at about the same time is one entry, kept for a day', async () => {
  const { redis } = await startTrace();
  const before = Date.now();
  await take('enqueue', {}, { verdict: 'queued' });
  await take('run', {}, { stopReason: 'end_turn' });
  await expect.poll(() => steps(redis)).toEqual(['enqueue queued', 'run end_turn']);
  expect(await redis.xlen(redisKeys.trace(USER))).toBe(1);
  const [begun] = await records(redis);
  expect(begun).toMatchObject({ generation: '5', owner: 'pod', identities: [MESSAGE], process: 'runner' });
  expect(begun?.place).toMatch(new RegExp(`^${process.pid}@.`));
  expect(begun?.at).toBeGreaterThanOrEqual(before);
  expect(begun).not.toHaveProperty('user');
  for (const key of [redisKeys.trace(USER), redisKeys.whose(MESSAGE)]) {
    expect(await redis.pttl(key)).toBeGreaterThan(23 * 3_600_000);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(24 * 3_600_000);
  }
});

test('whose a message is can be asked without its team', async () => {
  const { redis } = await startTrace();
  await take('enqueue', { identities: [MESSAGE] });
  await take('post', { identities: ['T0:D0:2.000100'] });
  await expect.poll(() => redis.get('whose:D0:1.000100')).toBe(USER);
  expect(await redis.keys('whose:*')).toHaveLength(1);
});

test('what comes all the time is left out, unless it fails; so is what is of nobody', async () => {
  const { redis } = await startTrace();
  for (const name of ['look', 'read', 'renew', 'sweep'] as const) await take(name);
  await takeStep('reconcile', {}, () => Promise.resolve());
  await takeStep('acknowledge_slack', { identities: [MESSAGE] }, () => Promise.resolve());
  await take('renew', {}, 'lost');
  await fail('read');
  await take('release', {}, { kind: 'released' });
  await expect.poll(() => steps(redis)).toEqual(['renew lost', 'read slack_unavailable', 'release released']);
});

test('that a turn begins is written before it can kill its runner', async () => {
  const { redis } = await startTrace();
  await take('begin', {}, { kind: 'try', n: 1 });
  // On the connection of the trace: this comes after what was sent before.
  expect(await steps(redis)).toEqual(['begin try']);
});

test('a step that takes long is there while it is under way', async () => {
  const { redis } = await startTrace();
  const turn = Promise.withResolvers<{ stopReason: string }>();
  const taken = takeStep('run', facts, () => turn.promise);
  await expect.poll(() => steps(redis)).toEqual(['run under way']);
  turn.resolve({ stopReason: 'end_turn' });
  await taken;
  await expect.poll(() => steps(redis)).toEqual(['run under way', 'run end_turn']);
  const [begun, ended] = await records(redis);
  expect(ended?.at).toBe(begun?.at);
  expect(ended?.ms).toBeGreaterThanOrEqual(500);
});

test('a failure is written down at once, and the same one not again and again', async () => {
  const { redis } = await startTrace();
  for (let attempt = 0; attempt < 50; attempt += 1) await fail('post');
  await fail('post', { identities: ['another'] });
  await take('acknowledge');
  await expect.poll(() => steps(redis)).toEqual(['post slack_unavailable', 'post slack_unavailable', 'acknowledge ok']);
  expect((await records(redis)).at(0)?.why).toBe('no answer');
});

test('in a rush nothing is dropped', async () => {
  const { redis } = await startTrace();
  for (let n = 0; n < 1_000; n += 1) {
    await take('acknowledge', { identities: [`m${n}`] });
    // What a process that has so much to do waits for meanwhile.
    if (n % 100 === 0) await redis.ping();
  }
  await expect.poll(async () => (await records(redis)).length).toBe(1_000);
});

test('a trace is capped', async () => {
  const { redis } = await startTrace();
  const pipeline = redis.pipeline();
  for (let n = 0; n < 3_000; n += 1) pipeline.xadd(redisKeys.trace(USER), '*', 'r', '{"steps":[]}');
  await pipeline.exec();
  await take('acknowledge');
  await expect.poll(() => steps(redis)).toEqual(['acknowledge ok']);
  expect(await redis.xlen(redisKeys.trace(USER))).toBeLessThan(700);
});

test('what Redis refuses is dropped, and the next is written', async () => {
  const { redis, dropped } = await startTrace();
  await redis.set(redisKeys.trace(USER), 'of another kind');
  await take('acknowledge');
  await expect
    .poll(() => dropped)
    .toEqual([expect.objectContaining({ message: expect.stringContaining('WRONGTYPE') })]);
  await redis.del(redisKeys.trace(USER));
  await take('release');
  await expect.poll(() => steps(redis)).toEqual(['release ok']);
});

test('its end brings what was not written yet, and hears nothing more', async () => {
  const { redis, trace } = await startTrace();
  await take('acknowledge');
  await trace[Symbol.asyncDispose]();
  expect(await steps(redis)).toEqual(['acknowledge ok']);
  const next = redisStepTrace({ redis, process: 'runner', onDropped: () => undefined });
  onTestFinished(() => next[Symbol.asyncDispose]());
  await fail('post');
  await take('claim');
  await expect.poll(() => steps(redis)).toContain('claim ok');
  expect(await steps(redis)).toEqual(['acknowledge ok', 'post slack_unavailable', 'claim ok']);
});

test('a Redis that stands still holds up neither a step nor an exit', async () => {
  await using server = await startRedisServer();
  const { trace } = await startTrace(server.url);
  process.kill(server.pid, 'SIGSTOP');
  const before = performance.now();
  for (let n = 0; n < 100; n += 1) await take('acknowledge');
  await trace[Symbol.asyncDispose]();
  // A command that is not answered fails after 5 s.
  expect(performance.now() - before).toBeLessThan(4_000);
  process.kill(server.pid, 'SIGCONT');
});

test('what comes while a slow Redis is written to is written next', async () => {
  await using server = await startRedisServer();
  const { redis } = await startTrace(server.url);
  await redis.client('PAUSE', 600);
  await fail('post');
  await take('claim');
  await expect.poll(() => steps(redis)).toEqual(['post slack_unavailable', 'claim ok']);
});

test('while Redis is away a little is remembered, the newest, and comes when it is back', async () => {
  const first = await startRedisServer();
  const { redis } = await startTrace(first.url);
  await first.stop();
  await expect.poll(() => redis.status).not.toBe('ready');
  for (let n = 0; n < 1_000; n += 1) await take('acknowledge', { identities: [`m${n}`] });
  const second = await startRedisServer({ port: first.port });
  onTestFinished(() => second.stop());
  await expect.poll(async () => (await records(redis)).at(-1)?.identities).toEqual(['m999']);
  const kept = await records(redis);
  expect(kept).toHaveLength(256);
  expect(kept[0]?.identities).toEqual(['m744']);
});

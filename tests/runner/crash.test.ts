// Real runners that are killed, stopped or cut off, and their successors: exactly one final answer, and nothing lost.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exitCode, identifyProcess } from '@runnel/shared/process';
import { startRedisServer } from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openRunnerStage, type RunnerStage } from './start-runner.ts';

const isCovered = async (stage: RunnerStage): Promise<void> => {
  const folder = join(stage.folder, 'state', 'users', 'T0LOCAL', 'U0ADA');
  // The claim is the first version, the checkpoint of the turn the second.
  await readFile(join(folder, 'manifest.2.json'));
};

/** By its main thread; or by its renewal thread, where the machine was too busy for the main one's last moment. */
const endedItself = [exitCode.superseded, 'SIGKILL'];

test('killed in the middle of a turn: the next one runs it and answers once', async () => {
  const stage = await openRunnerStage();
  const thread = await stage.say('echo x >> tries; sleep 2; wc -l < tries');
  const first = await stage.start();
  await stage.until(() => stage.find('tries'));
  first.kill('SIGKILL');
  await stage.endOf(first);
  await stage.start();
  await stage.answered(thread, ['1']);
  await stage.emptied();
});

test('killed between the checkpoint and the post: the next one posts it, and does not run it again', async () => {
  const stage = await openRunnerStage();
  // Slack asks to wait, so the answer is covered and not said.
  stage.slack.faults.always('chat.postMessage', { kind: 'ratelimited', retryAfter: 30 });
  const thread = await stage.say('echo $RANDOM$RANDOM | tee once; touch "$(cat once)"; ls');
  const first = await stage.start();
  await stage.until(() => isCovered(stage));
  first.kill('SIGKILL');
  await stage.endOf(first);
  expect(stage.said(thread)).toEqual([]);
  stage.slack.faults.clear();
  const number = (await readFile(await stage.find('once'), 'utf8')).trim();
  await stage.start();
  await stage.answered(thread, [number]);
  await stage.emptied();
});

test('killed between the post and the acknowledgement: nothing is said twice', async () => {
  const stage = await openRunnerStage();
  // Posted, but nobody heard so; and the look whether it stands there takes longer than the runner lives.
  stage.slack.faults.next('chat.postMessage', { kind: 'lost-response' });
  stage.slack.faults.always('conversations.replies', { kind: 'delay', ms: 60_000 });
  const thread = await stage.say('echo once');
  const first = await stage.start();
  await stage.answered(thread, ['once']);
  first.kill('SIGKILL');
  await stage.endOf(first);
  stage.slack.faults.clear();
  expect(await stage.delivery.backlog(stage.user)).toHaveLength(1);
  const second = await stage.start();
  await stage.emptied();
  second.kill('SIGTERM');
  await second.exited;
  expect(stage.said(thread)).toEqual([expect.stringContaining('once')]);
});

test('stopped past its lease and continued: no second answer, its commands are dead, and it is gone', async () => {
  const stage = await openRunnerStage();
  const thread = await stage.say(
    'echo x >> tries; [ $(wc -l < tries) = 1 ] && [ ! -e restored ] && { echo $$ > pid; sleep 600; }; echo answer',
  );
  const first = await stage.start();
  await stage.until(() => stage.find('pid'));
  const command = Number(await readFile(await stage.find('pid'), 'utf8'));
  first.kill('SIGSTOP');
  await stage.untilExpired();
  const second = await stage.start({ RUNNER_HOME: join(stage.folder, 'home-2') });
  // The successor runs it anew; nothing of the first one was saved, so it stops it to get an answer.
  await stage.until(async () =>
    expect(await stage.delivery.tries(stage.user, (await stage.delivery.backlog(stage.user))[0]?.id ?? '')).toBe(2),
  );
  await stage.stop(thread);
  await stage.answered(thread, [/Stopped by/]);
  first.kill('SIGCONT');
  expect(endedItself).toContain(await first.exited);
  expect(identifyProcess(command)).toBeUndefined();
  second.kill('SIGTERM');
  expect(await second.exited).toBe(exitCode.ok);
  // Nobody is left who could say it twice.
  expect(stage.said(thread)).toHaveLength(1);
});

test('a message that kills its runner every time: three tries, a word, what ran beside it answered, and the next one works', async () => {
  const stage = await openRunnerStage();
  const deadly = await stage.say('kill -9 $PPID; sleep 5');
  let beside = '';
  for (let n = 1; n <= 3; n += 1) {
    const runner = await stage.start();
    if (n === 1) beside = await stage.say('sleep 1; echo beside');
    expect(await runner.exited).toBe('SIGKILL');
    await stage.endOf(runner);
  }
  await stage.say('echo next', deadly);
  await stage.start();
  await stage.answered(deadly, [/ended its runner three times/, 'next']);
  await stage.answered(beside, ['beside']);
  await stage.emptied();
});

test('Redis away for a while and back: the turn goes on and is answered once', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'runnel-redis-away-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const durable = { args: ['--appendonly', 'yes', '--appendfsync', 'always'], dir };
  await using first = await startRedisServer(durable);
  const { port } = first;
  const stage = await openRunnerStage({ redisUrl: first.url });
  const settings = { LEASE_DURATION: '12s', LEASE_MARGIN: '1s', CALL_TIMEOUT: '5s' };
  const thread = await stage.say('sleep 1; echo survived');
  await stage.delivery.lease(stage.user);
  const runner = await stage.start(settings);
  await expect.poll(() => runner.log()).toContain('asked for the lease');
  await first.kill();
  await pause(2_500);
  await using second = await startRedisServer({ ...durable, port });
  await stage.answered(thread, ['survived']);
  expect(second.port).toBe(port);
  await stage.emptied();
  runner.kill('SIGTERM');
  expect(await runner.exited).toBe(exitCode.ok);
});

test('Redis away for longer than the lease: the runner ends by itself', async () => {
  const server = await startRedisServer();
  const stage = await openRunnerStage({ redisUrl: server.url });
  const thread = await stage.say('echo $$ > pid; sleep 600');
  const runner = await stage.start();
  await stage.until(() => stage.find('pid'));
  const command = Number(await readFile(await stage.find('pid'), 'utf8'));
  await server.kill();
  expect(endedItself).toContain(await runner.exited);
  expect(identifyProcess(command)).toBeUndefined();
  expect(stage.said(thread)).toEqual([]);
});

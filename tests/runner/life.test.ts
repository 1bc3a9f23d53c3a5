// One real runner process: it answers, sleeps, hands over, and refuses what it must.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCode, identifyProcess } from '@runnel/shared/process';
import { expect, test } from 'vitest';
import { openRunnerStage } from './start-runner.ts';

test('it answers, sleeps, and the next one goes on with the files, the folder and the variables', async () => {
  const stage = await openRunnerStage();
  const thread = await stage.say('mkdir -p deep && cd deep && echo kept > file && export COLOUR=blue && echo done');
  const first = await stage.start({ RUNNER_IDLE_TIMEOUT: '300ms' });
  await stage.answered(thread, ['done', 'Saved. Write to wake me.']);
  expect(await first.exited).toBe(exitCode.ok);
  expect(await stage.delivery.lease(stage.user)).toMatchObject({ state: 'idle' });
  expect(await readdir(join(stage.folder, 'state', 'users', 'T0LOCAL', 'U0ADA'))).toContainEqual(
    expect.stringContaining('manifest'),
  );

  await stage.say('cat file && echo $COLOUR && basename "$PWD"', thread);
  const second = await stage.start({ RUNNER_HOME: join(stage.folder, 'home') });
  await stage.answered(thread, ['done', 'Saved.', /kept\nblue\ndeep/]);
  second.kill('SIGTERM');
  expect(await second.exited).toBe(exitCode.ok);
});

test('a stale launch exits 0 and a second pod of a live one exits 75, both having done nothing', async () => {
  const stage = await openRunnerStage();
  const thread = await stage.say('echo one');
  const first = await stage.start();
  await stage.answered(thread, ['one']);
  const second = await stage.start();
  expect(await second.exited).toBe(exitCode.busy);
  const stale = await stage.start({ RUNNER_GENERATION: '1' });
  expect(await stale.exited).toBe(exitCode.ok);
  await stage.say('echo two', thread);
  await stage.answered(thread, ['one', 'two']);
  first.kill('SIGTERM');
  expect(await first.exited).toBe(exitCode.ok);
});

test('a second pod exits 75 also when it is asked to end', async () => {
  const stage = await openRunnerStage();
  const thread = await stage.say('echo one');
  await stage.start();
  await stage.answered(thread, ['one']);
  const second = await stage.start();
  await expect.poll(() => second.log(), { interval: 1 }).toContain('asked for the lease');
  second.kill('SIGTERM');
  expect(await second.exited).toBe(exitCode.busy);
});

test('without Redis it exits 69, soon, with a sentence', async () => {
  const stage = await openRunnerStage();
  const runner = await stage.start({ REDIS_URL: 'redis://127.0.0.1:1' });
  expect(await runner.exited).toBe(exitCode.unavailable);
  await expect.poll(() => runner.log()).toContain('Redis does not answer at 127.0.0.1:1');
});

test('SIGTERM in the middle of a turn: handed over within the drain, its files with it, and nothing is said about it', async () => {
  const stage = await openRunnerStage();
  const thread = await stage.say('echo x >> tries; sleep $((120 - $(wc -l < tries) * 60)); wc -l < tries');
  const first = await stage.start();
  // The file is written before the sleep.
  await stage.until(() => stage.find('tries'));
  const startedAt = performance.now();
  first.kill('SIGTERM');
  expect(await first.exited).toBe(exitCode.ok);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  expect(stage.said(thread)).toEqual([]);
  expect(await stage.delivery.lease(stage.user)).toMatchObject({ state: 'launching' });
  const second = await stage.start();
  await stage.answered(thread, ['2']);
  await stage.emptied();
  second.kill('SIGTERM');
  expect(await second.exited).toBe(exitCode.ok);
});

test('a long turn has a live card with the end of its output, which goes when the answer stands', async () => {
  const stage = await openRunnerStage();
  const go = join(stage.folder, 'go');
  const thread = await stage.say(`echo begun; until [ -e ${go} ]; do sleep 0.1; done; echo over`);
  const runner = await stage.start();
  await expect
    .poll(() => stage.cards(thread)[0]?.text ?? '', { interval: 20 })
    .toMatch(/^Running `echo begun;[^]*begun/);
  const [card] = stage.cards(thread);
  expect(JSON.stringify(card?.blocks)).toContain('"action_id":"stop"');
  await writeFile(go, '');
  await stage.answered(thread, [/begun\nover/]);
  await expect.poll(() => stage.cards(thread)).toEqual([]);
  runner.kill('SIGTERM');
  expect(await runner.exited).toBe(exitCode.ok);
});

test('a stop ends what runs with its children, and withdraws what waits', async () => {
  const stage = await openRunnerStage();
  const thread = await stage.say('sleep 600 & echo $! > child; sleep 600');
  await stage.start();
  await stage.until(() => stage.find('child'));
  const child = Number(await readFile(await stage.find('child'), 'utf8'));
  await stage.say('echo never', thread);
  await stage.stop(thread);
  await stage.answered(thread, [/^[^]*Stopped by[^]*echo never/]);
  expect(identifyProcess(child)).toBeUndefined();
  await stage.emptied();
});

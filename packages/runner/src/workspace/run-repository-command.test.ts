import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMarked } from '@runnel/shared/process';
import { expect, onTestFinished, test } from 'vitest';
import { runRepositoryCommand } from './run-repository-command.ts';

const podUid = `pod-of-commands-${process.pid}`;
const never = new AbortController().signal;

async function run(script: string, { signal = never, limitMs = 60_000 } = {}) {
  const root = await mkdtemp(join(tmpdir(), 'runnel-command-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const directory = { files: root, state: join(root, 'state'), home: join(root, 'state', 'home') };
  const groups: number[] = [];
  const onProcessGroup = (group: number): Disposable => (groups.push(group), { [Symbol.dispose]: () => undefined });
  const about = { script, directory, path: '/usr/bin:/bin', podUid, limitMs, onProcessGroup };
  const end = await runRepositoryCommand(about, signal);
  return { end, groups, files: await readdir(root) };
}

test('it runs in the checkout, says what it said, and knows nothing of the runner', async () => {
  process.env['SECRET_OF_THE_RUNNER'] = 'x';
  const { end, groups, files } = await run('touch made; echo one; echo two >&2; env | grep -c SECRET || true');
  expect(end).toEqual({ kind: 'passed', output: 'one\ntwo\n0' });
  expect(files).toContain('made');
  expect(groups).toHaveLength(1);
  delete process.env['SECRET_OF_THE_RUNNER'];
});

test('what it leaves behind is not waited for, and ended', async () => {
  expect((await run('sleep 600 & echo hi')).end).toEqual({ kind: 'passed', output: 'hi' });
  expect(await findMarked('RUNNEL_POD', podUid)).toEqual([]);
});

test('one that cannot be started has failed', async () => {
  expect((await run('echo \0')).end.kind).toBe('failed');
});

test('the first command that fails ends it', async () => {
  expect((await run('false\ntouch made')).end).toEqual({ kind: 'failed', output: '' });
});

test('one that takes too long is ended with all that it started', async () => {
  const { end } = await run('setsid sleep 600 & sleep 600', { limitMs: 200 });
  expect(end.kind).toBe('too_long');
  expect(await findMarked('RUNNEL_POD', podUid)).toEqual([]);
});

test('canceled it leaves nothing either', async () => {
  const cancel = new AbortController();
  const running = run('setsid sleep 600 & sleep 600', { signal: cancel.signal });
  await expect.poll(async () => (await findMarked('RUNNEL_POD', podUid)).length).toBeGreaterThan(1);
  cancel.abort();
  await expect(running).rejects.toThrow(/abort/i);
  expect(await findMarked('RUNNEL_POD', podUid)).toEqual([]);
});

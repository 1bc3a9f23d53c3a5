// The runner's image, locked down as a cluster runs it, in front of the Slack stand-in and a real Redis.
import { readFileSync, readdirSync } from 'node:fs';
import { exitCode } from '@runnel/shared/process';
import { beforeAll, expect, test } from 'vitest';
import { openRunnerStage, type RunnerStage } from '../runner/start-runner.ts';
import type { Container } from './start-container.ts';
import { startRunnerContainer } from './start-runner-container.ts';
import { findTestImages, type TestImages } from './test-images.ts';

let images: TestImages;
beforeAll(async () => {
  images = await findTestImages();
}, 1_200_000);

/** `containers` fills with what the stage starts. */
async function openStage(): Promise<RunnerStage & { readonly containers: readonly Container[] }> {
  const containers: Container[] = [];
  const stage = await openRunnerStage({
    startRunner: async (_owner, env, folder) => {
      const runner = await startRunnerContainer(images, { env, folder });
      containers.push(runner.container);
      return runner;
    },
  });
  return { ...stage, containers };
}

test('a message through it, as an unprivileged user on a file system that cannot be written', async () => {
  const stage = await openStage();
  const thread = await stage.say(
    'id -u; id -g; touch /app/x; touch /x; grep -E "^(CapBnd|NoNewPrivs)" /proc/self/status; git init -q . && git status --short && echo fine',
  );
  const runner = await stage.start();
  await stage.answered(thread, [
    /10001\n10001\n.*app\/x.*Read-only[^]*Read-only[^]*CapBnd:\s+0000000000000000\nNoNewPrivs:\s+1\nfine/,
  ]);
  runner.kill('SIGTERM');
  expect(await runner.exited).toBe(exitCode.ok);
});

test('SIGTERM in the middle of a turn: handed over within its drain of 12 s, and answered once by the next', async () => {
  const stage = await openStage();
  const thread = await stage.say('echo x >> tries; [ $(wc -l < tries) -gt 1 ] || sleep 600; wc -l < tries');
  const first = await stage.start({ RUNNER_DRAIN: '12s' });
  await stage.until(() => stage.find('tries'));
  const startedAt = performance.now();
  first.kill('SIGTERM');
  expect(await first.exited).toBe(exitCode.ok);
  expect(performance.now() - startedAt).toBeLessThan(12_000);
  expect(stage.said(thread)).toEqual([]);
  await stage.start();
  await stage.answered(thread, ['2'], 30_000);
  await stage.emptied();
});

test('SIGKILL in the middle of a turn loses nothing: its successor answers, once', async () => {
  const stage = await openStage();
  const thread = await stage.say('echo x >> tries; sleep 2; wc -l < tries');
  const first = await stage.start();
  await stage.until(() => stage.find('tries'));
  first.kill('SIGKILL');
  expect(await first.exited).toBe(137);
  expect(await stage.containers[0]?.killedForMemory()).toEqual([]);
  await stage.endOf(first);
  await stage.start();
  await stage.answered(thread, ['1']);
  await stage.emptied();
});

test('a runner that is killed for its memory can be told from one that is killed', async () => {
  const stage = await openStage();
  // None of them is as large as the runner, so the kernel takes that one.
  await stage.say('for n in $(seq 40); do (head -c 30M /dev/zero | tail -c 30M | sleep 600) & done; wait');
  const runner = await stage.start();
  expect(await runner.exited).toBe(137);
  // Node's name for itself. A cluster reports it as OOMKilled.
  expect(await stage.containers[0]?.killedForMemory()).toContain('MainThread');
});

test('a command that is killed for its memory is a failed command, and the runner goes on', async () => {
  const stage = await openStage();
  const thread = await stage.say('tail /dev/zero; echo "ended with $?"');
  await stage.start();
  await stage.answered(thread, ['ended with 137'], 60_000);
  await stage.say('echo alive', thread);
  await stage.answered(thread, ['ended with 137', 'alive']);
});

test('whoever lost its parent is reaped', async () => {
  const stage = await openStage();
  // A parent that is gone before its child: PID 1 inherits the child.
  const thread = await stage.say('for n in 1 2 3 4 5; do (sleep 0.2 & sleep 0); done; sleep 1; echo orphans');
  await stage.start();
  await stage.answered(thread, [/orphans/]);
  const pid = await stage.containers[0]?.pid();
  await expect.poll(() => zombiesOf(pid ?? 0)).toEqual([]);
});

/** The dead for whom their parent has not waited. */
function zombiesOf(parent: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(name))
    .filter((stat) => stat.slice(stat.lastIndexOf(')')).startsWith(`) Z ${parent} `));
}

function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // Gone meanwhile.
    return '';
  }
}

// `runnel diagnose` and `runnel runners` against a whole fleet: runners that live, that crashed, that ran out of memory, that are gone.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerName } from '@runnel/shared';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToEnd, type Ending } from '../support/run-process.ts';
import { startStory, type Person, type Story } from '../support/story.ts';

const TOKEN = 'only-for-operators';
/** A runner has to start, and each look is a program of its own. */
const patiently = { timeout: 60_000, interval: 300 };
const PERSON = ['ada', 'ben', 'cem', 'dea'] as const;

type Pod = {
  readonly uid: string;
  readonly phase: string;
  readonly end?: { readonly reason: string };
  readonly containers: readonly { readonly logLines: readonly string[] }[];
};
type Diagnostics = {
  readonly lease: { readonly state: string };
  readonly backlog: { readonly entries: number };
  readonly launch: readonly { readonly stage: string }[];
  readonly pod?: Pod;
  readonly ended?: Pod;
};

let story: Story;
beforeAll(async () => {
  const settings = { OPERATIONS_TOKEN: TOKEN, RUNNER_MEMORY: '400MiB', RUNNER_IDLE_TIMEOUT: '60s' };
  story = await startStory({ people: PERSON.length, settings });
});
afterAll(async () => story[Symbol.asyncDispose]());

/** Where the newest launcher answers: it says so in its log. */
async function launcherUrl(): Promise<string> {
  const child = story.fleet.launchers.at(-1);
  const find = async (): Promise<string> =>
    /"url":"([^"]+)","msg":"launcher listens"/.exec(await readFile(child?.logFile ?? '', 'utf8'))?.[1] ?? '';
  await expect.poll(find, patiently).not.toBe('');
  return find();
}

async function runnel(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ending> {
  return runToEnd('cli', { RUNNEL_URL: await launcherUrl(), OPERATIONS_TOKEN: TOKEN, ...env }, args);
}

async function say(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runnel(args);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout;
}

async function diagnose(person: Person): Promise<Diagnostics> {
  return JSON.parse(await say('diagnose', '--json', person.userKey)) as Diagnostics;
}

const person = (name: (typeof PERSON)[number]): Person => story.person(PERSON.indexOf(name));

test('a runner that lives: by its name, its person or a mention, for people and for programs', async () => {
  const ada = person('ada');
  ada.say('sleep 300');
  const name = runnerName(ada.userKey);
  await expect
    .poll(() => diagnose(ada), patiently)
    .toMatchObject({ lease: { state: 'running' }, backlog: { entries: 1 }, pod: { phase: 'running' } });
  const [byKey, ...others] = await Promise.all([
    diagnose(ada),
    ...[name, `<@${ada.id}>`, `@${ada.id}`].map(
      async (given) => JSON.parse(await say('diagnose', '--json', given)) as Diagnostics,
    ),
  ]);
  for (const other of others) expect(other.pod?.uid).toBe(byKey.pod?.uid);
  const text = await say('diagnose', ada.userKey);
  expect(text).toMatch(new RegExp(`^Runner ${name} of ${ada.userKey}, on `));
  expect(text).toMatch(/lease +running, generation \d+, owner [0-9a-f-]{36}, runs out in/);
  expect(text).toMatch(/backlog +1 waiting, the oldest for/);
  expect(text).toMatch(/launch +looking \d\d:\d\d:.*, acquired \+/);
  expect(text).toMatch(/Container runner: running since .*, ready, pid \d+, \d+ MiB of memory/);
  expect(text).toContain('asked for the lease');
  expect(await say('runners')).toMatch(
    new RegExp(`person +runner[^]*${ada.userKey} +${name} +acquired +.* +1 +\\d+ +${byKey.pod?.uid}`),
  );
  const { runners } = JSON.parse(await say('runners', '--json')) as { runners: { user: string }[] };
  expect(runners.map(({ user }) => user)).toContain(ada.userKey);
});

test('a runner that crashed: how it ended, what it said last, and who came after', async () => {
  const ben = person('ben');
  const message = ben.say('[ -e ../../../../fell ] && exec sleep 300; touch ../../../../fell; kill -9 $PPID');
  await story.told(message, /ended unexpectedly/);
  await expect
    .poll(() => diagnose(ben), patiently)
    .toMatchObject({
      pod: { phase: 'running' },
      ended: { phase: 'failed', end: { reason: 'exited', exitCode: 137 }, containers: [{ ready: false }] },
    });
  const { pod, ended } = await diagnose(ben);
  expect(pod?.uid).not.toBe(ended?.uid);
  expect(ended?.containers[0]?.logLines.join('\n')).toContain('asked for the lease');
  expect(await say('diagnose', ben.userKey)).toMatch(
    /Pod .*: running[^]*The last one that ended: pod .*: failed \(exited\)[^]*Container runner: ended with exit code 137/,
  );
});

test('a runner that ran out of memory says memory', async () => {
  const cem = person('cem');
  cem.say(`node -e 'globalThis.kept = Buffer.alloc(600e6, 1); setInterval(() => {}, 1000)'`);
  await expect
    .poll(async () => {
      const { pod, ended } = await diagnose(cem);
      return [pod?.end?.reason, ended?.end?.reason];
    }, patiently)
    .toContain('memory');
  expect(await say('diagnose', cem.userKey)).toMatch(/failed \(memory\)/);
});

test('a runner that is gone, with all that its machine kept: any launcher tells what was known at its end', async () => {
  const dea = person('dea');
  const message = dea.say('echo hello');
  await story.answered(message);
  const { pod } = await diagnose(dea);
  process.kill(await story.runnerPid(dea), 'SIGTERM');
  await expect
    .poll(() => diagnose(dea), patiently)
    .toMatchObject({ pod: { phase: 'succeeded' }, lease: { state: 'idle' } });
  // Every launcher that saw the end has had the time to keep it.
  await story.fleet.startLauncher();
  const name = runnerName(dea.userKey);
  const pods = join(story.folder, 'pods');
  await rm(join(pods, 'pods', name), { recursive: true });
  await rm(join(pods, 'logs', name), { recursive: true });
  expect(await readdir(join(pods, 'pods'))).not.toContain(name);
  for (const given of [name, dea.userKey]) {
    const text = await say('diagnose', given);
    expect(text).toMatch(
      /There is no pod\.[^]*The last one that ended: pod .*: succeeded \(exited\)[^]*ended with exit code 0/,
    );
    expect(text).toContain(pod?.uid);
    expect(text).toContain('asked for the lease');
  }
});

test('no secret is shown, and every request is in the log of the launcher', async () => {
  const shown = await Promise.all(PERSON.map((name) => say('diagnose', person(name).userKey)));
  expect(shown.join('\n')).not.toMatch(/xox[abp]-[\w]|only-for-operators/);
  const logs = await Promise.all(story.fleet.launchers.map(({ logFile }) => readFile(logFile, 'utf8')));
  const audits = logs
    .join('\n')
    .split('\n')
    .filter((line) => line.includes('"operations request"'));
  expect(audits.length).toBeGreaterThan(10);
  expect(audits.join('\n')).toContain(`/v1/runners/${encodeURIComponent(person('ada').userKey)}/diagnostics`);
  expect(logs.join('\n')).not.toContain(TOKEN);
});

const away = { RUNNEL_URL: 'http://127.0.0.1:1' };

test.each<[string, { args: string[]; env?: NodeJS.ProcessEnv; code: number; sentence: RegExp }]>([
  [
    'nobody of that name',
    {
      args: ['diagnose', 'T0:U0NO'],
      code: 1,
      sentence: /^\[runner_unknown\] Nobody is known as T0:U0NO: name a runner/,
    },
  ],
  [
    'another token',
    {
      args: ['runners'],
      env: { OPERATIONS_TOKEN: 'other' },
      code: 1,
      sentence: /^\[operations_refused\] .*another OPERATIONS_TOKEN/,
    },
  ],
  ['no launcher', { args: ['runners'], env: away, code: 69, sentence: /^\[operations_unreachable\] .*port-forward/ }],
  ['no token', { args: ['runners'], env: { OPERATIONS_TOKEN: '' }, code: 78, sentence: /OPERATIONS_TOKEN is not set/ }],
  [
    'an address that is none',
    { args: ['runners', '--url', 'nowhere'], code: 78, sentence: /RUNNEL_URL must be an address/ },
  ],
])('%s is said in a sentence that helps', async (_, { args, env = {}, code, sentence }) => {
  const { exitCode, stdout, stderr } = await runnel(args, env);
  expect(stderr).toMatch(sentence);
  expect(stdout).toBe('');
  expect(exitCode).toBe(code);
});

test('a process that is no launcher is not taken for one; --url goes before RUNNEL_URL', async () => {
  const dashboard = new URL(story.fleet.dashboardUrl).origin;
  const { exitCode, stderr } = await runnel(['runners', '--url', dashboard]);
  expect(stderr).toMatch(/is no launcher/);
  expect(exitCode).toBe(1);
});

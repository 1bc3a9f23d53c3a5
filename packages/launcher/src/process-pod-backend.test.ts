import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endMarked, findMarked, identifyProcess } from '@runnel/shared/process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describePodBackend, seenEnds, specOf } from './pod-backend.testsuite.ts';
import type { Pod, PodBackend } from './pod-backend.ts';
import { processPodBackend } from './process-pod-backend.ts';

const MARK = 'RUNNEL_POD';
const soon = { timeout: 8_000 };
/** Runs until it is told an exit code, or asked to drain. */
const POLITE = 'trap "exit 0" TERM; echo ready; while [ ! -s exit ]; do sleep 0.02; done; exit $(cat exit)';

const HOG = 'node -e "globalThis.kept = Buffer.alloc(120e6, 1); setInterval(() => {}, 1000)"';

type World = { folder: string; backend: PodBackend; again: (script?: string) => Promise<PodBackend> };

async function open(script = POLITE, memoryBytes = 2 * 1024 ** 3): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-pods-'));
  const again = (other = script): Promise<PodBackend> =>
    processPodBackend({
      folder,
      command: ['/bin/sh', '-c', other],
      environment: { PATH: process.env['PATH'] ?? '' },
      memoryBytes,
      onError: fail,
    });
  const backend = await again();
  onTestFinished(async () => {
    for (const pod of await backend.list().catch(() => [])) await endMarked(MARK, pod.uid);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return { folder, backend, again };
}

describePodBackend('processes', async () => {
  const { folder, backend, again } = await open();
  return {
    backend,
    again: () => again(),
    ready: (pod) => expect.poll(() => backend.logs(pod.name, 1), soon).toEqual(['ready']),
    finish: (pod, exitCode) => writeFile(join(folder, 'homes', pod.name, 'exit'), String(exitCode)),
    owner: async (pod) => pod.uid,
    ends: { drained: { reason: 'exited', exitCode: 0 }, removed: { reason: 'killed' } },
    isRunning: async (pod) => (await findMarked(MARK, pod.uid)).length > 0,
  };
});

describe('a runner', () => {
  test('gets the environment that was listed and nothing of the launcher', async () => {
    process.env['RUNNEL_TEST_SECRET'] = 'hush';
    const { folder, backend } = await open('env > env.txt; echo done > env.done; sleep 60');
    const { pod } = await backend.create(specOf('100'));
    const home = join(folder, 'homes', pod.name);
    await expect.poll(() => fileText(join(home, 'env.done'))).toBe('done\n');
    const names = (await readFile(join(home, 'env.txt'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    const bySh = ['PWD', 'OLDPWD', 'SHLVL', '_'];
    expect(names.filter((name) => !bySh.includes(name ?? '')).toSorted(byText)).toEqual([
      'HOME',
      'NODE_COMPILE_CACHE',
      'PATH',
      'RUNNEL_POD',
      'RUNNER_GENERATION',
      'RUNNER_HOME',
      'RUNNER_OWNER',
      'RUNNER_USER_KEY',
    ]);
    const text = await readFile(join(home, 'env.txt'), 'utf8');
    expect(text).toContain(`RUNNER_OWNER=${pod.uid}`);
    expect(text).toContain('RUNNER_USER_KEY=T0:U0ADA');
    expect(text).toContain(`HOME=${home}`);
  });

  test('is the leader of a session of its own, so that a Ctrl-C at the launcher does not reach it', async () => {
    const { backend } = await open();
    const { pod } = await backend.create(specOf('100'));
    const pids = await findMarked(MARK, pod.uid);
    const { stdout } = await promisify(execFile)('ps', ['-o', 'sess=', '-p', String(pids[0])]);
    const mine = await promisify(execFile)('ps', ['-o', 'sess=', '-p', String(process.pid)]);
    expect(stdout.trim()).not.toBe(mine.stdout.trim());
  });

  test('starts in an empty home, at the same path as the one before', async () => {
    const { folder, backend } = await open();
    const { pod } = await backend.create(specOf('100'));
    const home = join(folder, 'homes', pod.name);
    await writeFile(join(home, 'left.txt'), 'by the one before');
    await backend.remove(pod);
    await backend.create(specOf('101'));
    expect(await readdir(home)).toEqual([]);
  });

  test('leaves the last lines it wrote, and no more logs than a handful', async () => {
    const { folder, backend } = await open('echo one; echo two >&2; echo $RUNNER_GENERATION; sleep 60');
    for (let generation = 100; generation < 108; generation += 1) {
      const { pod } = await backend.create(specOf(String(generation)));
      await expect.poll(() => backend.logs(pod.name, 2)).toEqual(['two', String(generation)]);
      await backend.remove(pod);
    }
    const { name } = specOf('0');
    expect((await readdir(join(folder, 'logs', name))).toSorted(byText)).toEqual(
      [103, 104, 105, 106, 107].map((generation) => `${generation}.log`),
    );
  });
});

describe('the end of a pod', () => {
  test('takes everything with it that the runner had started', async () => {
    const { folder, backend } = await open(`setsid sleep 60 & (setsid sleep 60 &); env -i /bin/sleep 60 & ${POLITE}`);
    const ends = seenEnds(backend);
    const { pod } = await backend.create(specOf('100'));
    await expect.poll(async () => (await findMarked(MARK, pod.uid)).length).toBeGreaterThanOrEqual(5);
    await writeFile(join(folder, 'homes', pod.name, 'exit'), '1');
    await expect.poll(() => ends, soon).toHaveLength(1);
    expect(await findMarked(MARK, pod.uid)).toEqual([]);
  });

  test('by kill -9 of everything is seen as killed', async () => {
    const { backend } = await open();
    const ends = seenEnds(backend);
    const { pod } = await backend.create(specOf('100'));
    await endMarked(MARK, pod.uid);
    await expect.poll(() => ends.map((one) => one.end), soon).toEqual([{ owner: pod.uid, reason: 'killed' }]);
  });

  test('by kill -9 of the runner alone has the shell’s code for it', async () => {
    const { backend } = await open('echo $$ > pid; exec sleep 60');
    const ends = seenEnds(backend);
    const { pod } = await backend.create(specOf('100'));
    const pids = await findMarked(MARK, pod.uid);
    // The runner is the youngest: the shell that leads the group started it.
    await expect.poll(async () => (await findMarked(MARK, pod.uid)).length).toBe(2);
    process.kill(Math.max(...pids, ...(await findMarked(MARK, pod.uid))), 'SIGKILL');
    await expect
      .poll(() => ends.map((one) => one.end), soon)
      .toEqual([{ owner: pod.uid, reason: 'exited', exitCode: 137 }]);
  });

  test('comes after the grace period to one that will not drain', async () => {
    const { backend } = await open('trap "" TERM; echo ready; while :; do sleep 1; done');
    const { pod } = await backend.create(specOf('100'));
    await expect.poll(() => backend.logs(pod.name, 1)).toEqual(['ready']);
    const asked = performance.now();
    await backend.stop(pod, 300);
    expect(performance.now() - asked).toBeGreaterThanOrEqual(300);
    expect(await findMarked(MARK, pod.uid)).toEqual([]);
    expect(await backend.look(pod.name)).toMatchObject({ end: { reason: 'killed' } });
  });

  test('over the memory ceiling is told as memory, whoever of its processes holds it', async () => {
    const { backend } = await open(`(setsid ${HOG} &); ${POLITE}`, 100e6);
    const ends = seenEnds(backend);
    const { pod } = await backend.create(specOf('100'));
    await expect.poll(() => ends.map((one) => one.end), soon).toEqual([{ owner: pod.uid, reason: 'memory' }]);
    expect(await findMarked(MARK, pod.uid)).toEqual([]);
  });

  test('under the memory ceiling is not', async () => {
    const { folder, backend, again } = await open(POLITE, 100e6);
    const ends = seenEnds(backend);
    const { pod } = await backend.create(specOf('100'));
    // Whoever finds this one has measured both.
    const { pod: hungry } = await (await again(HOG)).create(specOf('100', 'T0:U0HUNGRY'));
    await expect.poll(() => ends.map(({ uid }) => uid), soon).toEqual([hungry.uid]);
    await writeFile(join(folder, 'homes', pod.name, 'exit'), '0');
    await expect.poll(() => ends, soon).toHaveLength(2);
    expect(ends[1]).toMatchObject({ uid: pod.uid, end: { reason: 'exited', exitCode: 0 } });
  });
});

describe('a launcher that comes after another', () => {
  test('takes a reused pid for nobody: its pod has ended', async () => {
    const { folder, backend } = await open();
    const { pod } = await backend.create(specOf('100'));
    await endMarked(MARK, pod.uid);
    // The pid of the leader belongs to somebody else now, who must not be touched.
    const stranger = spawn('sleep', ['60']);
    onTestFinished(() => void stranger.kill('SIGKILL'));
    const leaderFile = join(folder, 'pods', pod.name, pod.uid, 'leader.json');
    const leader = JSON.parse(await readFile(leaderFile, 'utf8')) as { pid: number; startedAt: string };
    await writeFile(leaderFile, JSON.stringify({ ...leader, pid: stranger.pid }));
    const ends = seenEnds(backend);
    await expect.poll(() => ends.map((one) => one.end), soon).toEqual([{ owner: pod.uid, reason: 'killed' }]);
    await backend.stop(pod, 0);
    await backend.remove(pod);
    expect(identifyProcess(stranger.pid ?? 0)).toBeDefined();
  });

  test('adopts the runners of one that was killed, and sees them end', async () => {
    const { folder, again } = await open();
    const pod = await createIn(folder, 'kill after create');
    const heir = await again();
    expect(await heir.look(pod.name)).toEqual(pod);
    expect((await heir.create(specOf('100'))).kind).toBe('conflict');
    expect((await findMarked(MARK, pod.uid)).length).toBeGreaterThan(0);
    const ends = seenEnds(heir);
    await writeFile(join(folder, 'homes', pod.name, 'exit'), '7');
    await expect
      .poll(() => ends.map((one) => one.end), soon)
      .toEqual([{ owner: pod.uid, reason: 'exited', exitCode: 7 }]);
  });

  test.for(['kill before spawn', 'kill before record'])(
    'sees a pod that was claimed and never started end: %s',
    async (moment) => {
      const { folder, backend, again } = await open();
      const pod = await createIn(folder, moment);
      const heir = await again();
      const ends = seenEnds(heir);
      await expect.poll(() => ends.map((one) => one.end), soon).toEqual([{ owner: pod.uid, reason: 'killed' }]);
      expect(await findMarked(MARK, pod.uid)).toEqual([]);
      expect(await backend.logs(pod.name, 1)).toEqual([]); // nor has it ever run
      await heir.remove(pod);
      expect((await heir.create(specOf('101'))).kind).toBe('created');
    },
  );
});

test('a command that does not exist ends with the shell’s code for it', async () => {
  const { folder } = await open();
  const backend = await processPodBackend({
    folder,
    command: ['/no/such/runner'],
    environment: {},
    memoryBytes: 1e9,
    onError: fail,
  });
  const ends = seenEnds(backend);
  const { pod } = await backend.create(specOf('100'));
  await expect
    .poll(() => ends.map((one) => one.end), soon)
    .toEqual([{ owner: pod.uid, reason: 'exited', exitCode: 127 }]);
});

test('a folder that cannot be read is an error, never an empty list', async () => {
  const { folder, backend } = await open();
  await backend.create(specOf('100'));
  for (const pod of await backend.list().catch(() => [])) await backend.remove(pod);
  await rm(join(folder, 'pods'), { recursive: true });
  await expect(backend.list()).rejects.toThrow('ENOENT');
  await expect(backend.create(specOf('101'))).rejects.toThrow('pod_start_failed');
});

/** Another launcher makes a pod and is killed at that moment; resolves with the pod as its files tell. */
async function createIn(folder: string, moment: string): Promise<Pod> {
  const program = new URL('./testing/dying-launcher.testprogram.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, folder, moment, POLITE], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  const spec = specOf('100');
  const [uid = ''] = await readdir(join(folder, 'pods', spec.name));
  return { ...spec, uid };
}

async function fileText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function byText(one = '', other = ''): number {
  return one.localeCompare(other);
}

/** What a watch cannot do ends it, and the test that waits for it. */
function fail(error: unknown): never {
  throw error;
}

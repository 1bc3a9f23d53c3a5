// The contract of the pod backend: every adapter runs it.
import { runnerName, type UserKey } from '@runnel/shared';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EndedPod, Pod, PodBackend, PodSpec } from './pod-backend.ts';

export type PodWorld = {
  readonly backend: PodBackend;
  /** Another launcher's client of the same pods. */
  readonly again: () => Promise<PodBackend>;
  /** Resolves when the runner in this pod listens to signals. */
  readonly ready: (pod: Pod) => Promise<void>;
  /** The runner in this pod ends by itself. */
  readonly finish: (pod: Pod, exitCode: number) => Promise<void>;
  /** Whether anything of the pod runs. */
  readonly isRunning: (pod: Pod) => Promise<boolean>;
  /** The owner that the runner in this pod acquires its lease with; asked while it runs. */
  readonly owner: (pod: Pod) => Promise<string>;
  /** How a runner of this world ends that is asked to drain, and one whose pod is removed. */
  readonly ends: { readonly drained: HowEnded; readonly removed: HowEnded };
};

type HowEnded = { readonly reason: 'exited'; readonly exitCode: number } | { readonly reason: 'killed' };

type Open = () => Promise<PodWorld>;

const user: UserKey = 'T0:U0ADA';
const soon = { timeout: 30_000 };

export function specOf(generation: string, of: UserKey = user): PodSpec {
  return { user: of, generation, name: runnerName(of) };
}

/** Collects ends until the test is over. */
export function seenEnds(backend: PodBackend): EndedPod[] {
  const ends: EndedPod[] = [];
  const ended = new AbortController();
  const watching = backend.watch((pod) => ends.push(pod), ended.signal);
  onTestFinished(async () => {
    ended.abort();
    await watching;
  });
  return ends;
}

export function describePodBackend(name: string, open: Open): void {
  describe(`pod backend: ${name}`, () => {
    describeNames(open);
    describeEnds(open);
    describeRemoval(open);
    describeDiagnosis(open);
  });
}

function describeNames(open: Open): void {
  test('a pod has its name to itself: a second one is a conflict that shows the first', async () => {
    const { backend } = await open();
    const first = await backend.create(specOf('100'));
    expect(first).toMatchObject({ kind: 'created', pod: specOf('100') });
    expect(await backend.create(specOf('100'))).toMatchObject({ kind: 'conflict', pod: first.pod });
    expect(await backend.create(specOf('101'))).toMatchObject({ kind: 'conflict', pod: first.pod });
  });

  test('fifty launchers at once make one pod', async () => {
    const { backend, again } = await open();
    const other = await again();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? backend : other).create(specOf('100'))),
    );
    expect(answers.filter((answer) => answer.kind === 'created')).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.pod.uid)).size).toBe(1);
    expect(await backend.list()).toHaveLength(1);
  });

  test('every launcher sees every pod', async () => {
    const { backend, again } = await open();
    const { pod } = await backend.create(specOf('100'));
    const { pod: second } = await backend.create(specOf('200', 'T0:U0GRACE'));
    const other = await again();
    expect(await other.look(pod.name)).toMatchObject(pod);
    expect((await other.list()).toSorted(byGeneration)).toEqual([pod, second]);
    expect(await other.look(runnerName('T0:U0NOBODY'))).toBeUndefined();
  });
}

function describeEnds(open: Open): void {
  test('every launcher hears of an end, with the exit code, and the name stays taken', async () => {
    const { backend, again, finish, isRunning, ready, owner } = await open();
    const heard = [seenEnds(backend), seenEnds(await again())];
    const { pod } = await backend.create(specOf('100'));
    await ready(pod);
    const end = { owner: await owner(pod), reason: 'exited', exitCode: 3 };
    await finish(pod, 3);
    for (const ends of heard) await expect.poll(() => ends, soon).toEqual([{ ...pod, end }]);
    expect(await isRunning(pod)).toBe(false);
    expect(await backend.look(pod.name)).toEqual({ ...pod, end });
    expect(await backend.create(specOf('100'))).toEqual({ kind: 'conflict', pod: { ...pod, end } });
  });

  test('a launcher that comes later hears of it too', async () => {
    const { backend, again, finish, ready } = await open();
    const early = seenEnds(backend);
    const { pod } = await backend.create(specOf('100'));
    await ready(pod);
    await finish(pod, 0);
    await expect.poll(() => early, soon).toHaveLength(1);
    const late = seenEnds(await again());
    await expect.poll(() => late, soon).toEqual(early);
  });

  test('a pod that is asked to stop drains, and its end is heard', async () => {
    const { backend, ready, isRunning, owner, ends: how } = await open();
    const ends = seenEnds(backend);
    const { pod } = await backend.create(specOf('100'));
    await ready(pod);
    const drained = { owner: await owner(pod), ...how.drained };
    await backend.stop(pod, 10_000);
    expect(await isRunning(pod)).toBe(false);
    await expect.poll(() => ends.map((one) => one.end), soon).toEqual([drained]);
  });
}

function describeRemoval(open: Open): void {
  test('a removed pod is gone at once, its name is free, its end is heard', async () => {
    const { backend, again, isRunning, ready, owner, ends: how } = await open();
    const ends = seenEnds(await again());
    const { pod } = await backend.create(specOf('100'));
    await ready(pod);
    const removed = { owner: await owner(pod), ...how.removed };
    await backend.remove(pod);
    expect(await isRunning(pod)).toBe(false);
    expect(await backend.list()).toEqual([]);
    const next = await backend.create(specOf('101'));
    expect(next.kind).toBe('created');
    expect(next.pod.uid).not.toBe(pod.uid);
    await expect.poll(() => ends.map((one) => one.end), soon).toEqual([removed]);
  });

  test('removing or stopping a pod whose name another one has touches nobody', async () => {
    const { backend, isRunning } = await open();
    const { pod: old } = await backend.create(specOf('100'));
    await backend.remove(old);
    const { pod } = await backend.create(specOf('101'));
    await backend.remove(old);
    await backend.stop(old, 0);
    expect(await backend.look(pod.name)).toMatchObject(pod);
    await expect.poll(() => isRunning(pod), soon).toBe(true);
  });

  test('launchers that replace the same pod at the same time leave one', async () => {
    const { backend, again } = await open();
    const other = await again();
    const { pod: old } = await backend.create(specOf('100'));
    const replace = async (by: PodBackend): Promise<Pod> => {
      await by.remove(old);
      return (await by.create(specOf('101'))).pod;
    };
    const pods = await Promise.all([backend, other, backend, other].map(replace));
    expect(new Set(pods.map((pod) => pod.uid)).size).toBe(1);
    expect((await backend.list()).map((pod) => pod.uid)).toEqual([pods[0]?.uid]);
  });
}

function describeDiagnosis(open: Open): void {
  test('a pod that lives is diagnosed by every launcher, and nothing is known of a name that nobody had', async () => {
    const { backend, again, ready } = await open();
    const { pod } = await backend.create(specOf('100'));
    await ready(pod);
    const { name } = pod;
    const about = { ...specOf('100'), uid: pod.uid };
    for (const launcher of [backend, await again()]) {
      const running = { ...about, phase: 'running', containers: [{ name: 'runner', state: { kind: 'running' } }] };
      await expect.poll(() => launcher.diagnose(name), soon).toMatchObject(running);
      expect(await launcher.diagnose(runnerName('T0:U0NOBODY'))).toBeUndefined();
    }
    expect(await backend.look(name)).toMatchObject(pod);
  });

  test('one that has ended shows how', async () => {
    const { backend, finish, ready, owner } = await open();
    const ends = seenEnds(backend);
    const { pod } = await backend.create(specOf('100'));
    await ready(pod);
    const end = { owner: await owner(pod), reason: 'exited', exitCode: 3 };
    await finish(pod, 3);
    await expect.poll(() => ends, soon).toHaveLength(1);
    const containers = [{ name: 'runner', ready: false, state: { kind: 'ended', exitCode: 3 } }];
    expect(await backend.diagnose(pod.name)).toMatchObject({ uid: pod.uid, phase: 'failed', end, containers });
  });

  test('of two pods of one name the newer one is shown', async () => {
    const { backend } = await open();
    const { pod: old } = await backend.create(specOf('100'));
    await backend.remove(old);
    const { pod } = await backend.create(specOf('101'));
    expect(await backend.diagnose(pod.name)).toMatchObject({ uid: pod.uid, generation: '101' });
  });
}

function byGeneration(one: Pod, other: Pod): number {
  return one.generation.localeCompare(other.generation);
}

import { runnerName } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { expect, test, vi } from 'vitest';
import type { EndedPods } from './ended-pods.ts';
import { keepEndedPods } from './keep-ended-pods.ts';
import { MemoryPodBackend } from './memory-pod-backend.ts';
import { describePodBackend, seenEnds, specOf } from './pod-backend.testsuite.ts';
import type { PodBackend } from './pod-backend.ts';
import type { PodDiagnostics } from './pod-diagnostics.ts';
import { secretRedactor } from './redact-secrets.ts';

const name = runnerName('T0:U0ADA');

/** Pods that tell a secret, and count how often they are asked. */
class TellingPods extends MemoryPodBackend {
  asked = 0;
  hangs = false;

  override async diagnose(of: string): Promise<PodDiagnostics | undefined> {
    this.asked += 1;
    if (this.hangs) return new Promise(() => undefined);
    const found = await super.diagnose(of);
    const said = ({ logLines: _none, ...container }: PodDiagnostics['containers'][number]) => ({
      ...container,
      logLines: ['started', 'TOKEN=hunter2', 'fell'],
    });
    return found === undefined ? undefined : { ...found, containers: found.containers.map(said) };
  }
}

function open() {
  const pods = new TellingPods();
  const kept = new Map<string, PodDiagnostics>();
  const ended: EndedPods = {
    find: async (of) => kept.get(of),
    keep: async (diagnostics) => void kept.set(diagnostics.name, diagnostics),
  };
  const launcher = (): PodBackend =>
    keepEndedPods(pods, { ended, redact: secretRedactor([]), log: createLogger('launcher', 'silent') });
  return { pods, kept, ended, launcher };
}

describePodBackend('that keeps what ended', async () => {
  const { pods, launcher } = open();
  return {
    backend: launcher(),
    again: async () => launcher(),
    ready: async () => undefined,
    finish: async (pod, exitCode) => pods.finish(pod, { reason: 'exited', exitCode }),
    owner: async (pod) => pod.uid,
    ends: { drained: { reason: 'exited', exitCode: 0 }, removed: { reason: 'killed' } },
    isRunning: async (pod) => {
      const found = await pods.look(pod.name);
      return found?.uid === pod.uid && found.end === undefined;
    },
  };
});

test('an end that is heard leaves the diagnostics behind, without their secrets, asked for once', async () => {
  const { pods, kept, launcher } = open();
  const first = launcher();
  const ends = seenEnds(first);
  const { pod } = await first.create(specOf('100'));
  pods.finish(pod, { reason: 'exited', exitCode: 3 });
  expect(ends).toHaveLength(1);
  await expect.poll(() => kept.get(name)).toMatchObject({ uid: pod.uid, phase: 'failed' });
  expect(kept.get(name)?.containers[0]?.logLines).toEqual(['started', 'TOKEN=[redacted]', 'fell']);
  // Another launcher hears of it too.
  expect(seenEnds(launcher())).toHaveLength(1);
  await first.remove(pod);
  expect(pods.asked).toBe(1);
});

test('the last lines of a runner come without their secrets, wherever they go', async () => {
  const { pods, launcher } = open();
  vi.spyOn(pods, 'logs').mockResolvedValue(['started', 'TOKEN=hunter2']);
  expect(await launcher().logs(name, 2)).toEqual(['started', 'TOKEN=[redacted]']);
});

test('a pod that is removed while it lives leaves them behind as it lived', async () => {
  const { kept, launcher } = open();
  const backend = launcher();
  const { pod } = await backend.create(specOf('100'));
  await backend.remove(pod);
  expect(kept.get(name)).toMatchObject({ uid: pod.uid, phase: 'running' });
  expect(await backend.look(name)).toBeUndefined();
});

test('of a pod whose name another one has nothing is kept as if it were that one’s', async () => {
  const { kept, launcher } = open();
  const backend = launcher();
  const { pod: old } = await backend.create(specOf('100'));
  await backend.remove(old);
  kept.clear();
  await backend.create(specOf('101'));
  await backend.remove(old);
  expect(kept.size).toBe(0);
});

test('a pod goes when it must, whether anything can be kept of it or not', async () => {
  const { pods, ended, launcher } = open();
  const backend = launcher();
  const { pod } = await backend.create(specOf('100'));
  pods.hangs = true;
  await backend.remove(pod);
  expect(await backend.look(name)).toBeUndefined();

  pods.hangs = false;
  const failing: EndedPods = { ...ended, find: () => Promise.reject(new Error('Redis is away')) };
  const log = createLogger('launcher', 'silent');
  const other = keepEndedPods(pods, { ended: failing, redact: secretRedactor([]), log });
  const { pod: next } = await other.create(specOf('101'));
  await other.remove(next);
  expect(await other.look(name)).toBeUndefined();
});

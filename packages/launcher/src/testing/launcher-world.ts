// A world of one fleet in memory, for the launcher's unit tests: people who write, runners that a test plays.
import {
  runnerName,
  sessionKey,
  type Delivery,
  type Holder,
  type Reply,
  type Thread,
  type UserKey,
} from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import {
  deliveryTestSettings,
  MemoryDelivery,
  memoryLaunchQueue,
  memoryReplySink,
  memoryThreadStatus,
  type MemoryLaunchQueue,
} from '@runnel/shared/testing';
import { expect, onTestFinished } from 'vitest';
import { MemoryPodBackend } from '../memory-pod-backend.ts';
import type { Pod } from '../pod-backend.ts';
import { runLauncher, type LauncherParts, type LauncherSettings } from '../run-launcher.ts';

export const ada: UserKey = 'T0:U0ADA';
export const grace: UserKey = 'T0:U0GRACE';
export const linus: UserKey = 'T0:U0LINUS';

/** A tenth of the defaults, and less. */
const settings: LauncherSettings = {
  concurrency: 5,
  memoryBytes: 2 * 1024 ** 3,
  circuitAfter: deliveryTestSettings.circuitAfter,
  graceMs: 150,
  startMs: 60_000,
  troubleMs: 100,
  machineMs: 60_000,
  sweepMs: 20,
  reconcileMs: 50,
  pollMs: { launching: 10, running: 20 },
};

export type LauncherWorld = {
  readonly delivery: MemoryDelivery;
  readonly queue: MemoryLaunchQueue;
  readonly backend: MemoryPodBackend;
  /** What people were told, and what their status line said. */
  posts(): readonly Reply[];
  lines(user: UserKey): readonly string[];
  /** Redis's clock jumps ahead. */
  skip(ms: number): void;
  /** Starts a launcher; the answer drains it. */
  launcher(
    own?: Partial<LauncherSettings>,
    parts?: { delivery?: Delivery; kept?: NonNullable<LauncherParts['kept']> },
  ): () => Promise<void>;
  /** A message arrives. `wake`: ingress adds the launch job too, as it does unless it dies in between. */
  write(user: UserKey, wake?: boolean): Promise<void>;
  /** The active pod of a person, once there is one that is none of `before`. */
  pod(user: UserKey, before?: readonly Pod[]): Promise<Pod>;
};

export function launcherWorld(lease: { readonly leaseMs?: number } = {}): LauncherWorld {
  let ahead = 0;
  const delivery = new MemoryDelivery({ ...deliveryTestSettings, maxBacklog: 100, ...lease }, () => Date.now() + ahead);
  const queue = memoryLaunchQueue();
  const backend = new MemoryPodBackend();
  const replies = memoryReplySink();
  const status = memoryThreadStatus();
  let messages = 0;
  return {
    delivery,
    queue,
    backend,
    posts: () => replies.posts().map((post) => post.reply),
    lines: (user) => status.lines(threadOf(user)),
    skip: (ms) => void (ahead += ms),
    launcher(own = {}, parts = {}) {
      const draining = new AbortController();
      const running = runLauncher(
        {
          delivery,
          queue,
          backend,
          replies,
          status,
          log: createLogger('launcher', 'silent'),
          ...parts,
        },
        { ...settings, ...own },
        draining.signal,
      );
      const drain = async (): Promise<void> => {
        draining.abort();
        await running;
      };
      onTestFinished(drain);
      return drain;
    },
    async write(user, wake = true) {
      const ts = String((messages += 1));
      const payload = {
        v: 1 as const,
        type: 'prompt' as const,
        session: sessionKey('T0', threadOf(user)),
        author: 'U1',
        at: 1,
        ts,
        text: 'hello',
        fileNames: [],
      };
      const { hint } = await delivery.enqueue({ user, identity: ts, payload });
      if (wake && hint.kind === 'wake') await queue.add({ user, generation: hint.generation });
    },
    async pod(user, before = []) {
      const known = new Set(before.map((pod) => pod.uid));
      const find = async (): Promise<Pod | undefined> => {
        const pod = await backend.look(runnerName(user));
        return pod === undefined || pod.end !== undefined || known.has(pod.uid) ? undefined : pod;
      };
      await expect.poll(find, { timeout: 5_000, interval: 5 }).toBeDefined();
      const pod = await find();
      if (pod === undefined) throw new Error('the pod came and went');
      return pod;
    },
  };
}

/** Everybody writes in a thread of their own. */
function threadOf(user: UserKey): Thread {
  return { channel: 'D0', threadTs: user.slice(3) };
}

export function holderOf({ user, generation, uid }: Pod): Holder {
  return { user, generation, owner: uid };
}

/** The runner in this pod takes its lease. */
export async function acquire({ delivery }: LauncherWorld, pod: Pod): Promise<void> {
  expect(await delivery.acquire(holderOf(pod))).toBe('ok');
}

/** It answers everything, goes to sleep, and its pod ends. */
export async function answerAndSleep({ delivery, backend }: LauncherWorld, pod: Pod): Promise<void> {
  await delivery.acknowledge(holderOf(pod), await delivery.backlog(pod.user));
  expect(await delivery.release(holderOf(pod), 'idle')).toEqual({ kind: 'released' });
  backend.finish(pod, { reason: 'exited', exitCode: 0 });
}

/** What operators read of the one launch that is under way. */
export function stageOf(world: LauncherWorld): string | undefined {
  return world.queue.active()[0]?.stage?.stage;
}

/** The world's delivery with some of its verbs played otherwise. */
export function overridden(world: LauncherWorld, own: Partial<LauncherWorld['delivery']>): LauncherWorld['delivery'] {
  return new Proxy(world.delivery, {
    get(target, name: keyof LauncherWorld['delivery']) {
      const verb = own[name] ?? target[name];
      return typeof verb === 'function' ? verb.bind(target) : verb;
    },
  });
}

/** Where nothing must happen there is no condition to wait for. */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

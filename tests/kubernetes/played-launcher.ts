// One launcher over a real API server, with inboxes, queue and Slack in memory: what it tells a person is read right here.
import { runLauncher, type LauncherSettings, type PodBackend } from '@runnel/launcher/serving';
import { sessionKey, type Delivery, type UserKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import {
  deliveryTestSettings,
  MemoryDelivery,
  memoryLaunchQueue,
  memoryReplySink,
  memoryThreadStatus,
} from '@runnel/shared/testing';
import { onTestFinished } from 'vitest';

export const ada: UserKey = 'T0:U0ADA';
const thread = { channel: 'D0', threadTs: '1' };

export type PlayedLauncher = {
  readonly delivery: Delivery;
  /** All that the person was told. */
  readonly posts: () => string[];
  /** What their status line said. */
  readonly lines: () => string[];
  /** What operators read of the launch, with all that was before. */
  readonly stages: () => Promise<string[]>;
  readonly write: () => Promise<void>;
};

export function playLauncher(backend: PodBackend, own: Partial<LauncherSettings> = {}): PlayedLauncher {
  const delivery = new MemoryDelivery({
    ...deliveryTestSettings,
    backoffMs: 600_000,
    backoffCapMs: 600_000,
    maxBacklog: 100,
  });
  const queue = memoryLaunchQueue();
  const replies = memoryReplySink();
  const status = memoryThreadStatus();
  const draining = new AbortController();
  let messages = 0;
  const settings = {
    concurrency: 5,
    memoryBytes: 2 * 1024 ** 3,
    circuitAfter: deliveryTestSettings.circuitAfter,
    graceMs: 2_000,
    startMs: 120_000,
    troubleMs: 1_000,
    machineMs: 3_600_000,
    sweepMs: 500,
    reconcileMs: 5_000,
    pollMs: { launching: 200, running: 1_000 },
    ...own,
  };
  const parts = { delivery, queue, backend, replies, status, log: createLogger('launcher', 'silent') };
  const running = runLauncher(parts, settings, draining.signal);
  onTestFinished(async () => {
    draining.abort();
    await running;
  });
  return {
    delivery,
    posts: () => replies.posts().map((post) => post.reply.text),
    lines: () => [...status.lines(thread)],
    async stages() {
      const { generation } = await delivery.lease(ada);
      const now = await queue.stage({ user: ada, generation });
      return now === undefined ? [] : [...(now.before ?? []), now].map(({ stage }) => stage);
    },
    async write() {
      const session = sessionKey('T0', thread);
      const words = { author: 'U0ADA', at: 1, ts: String((messages += 1)), text: 'hello', fileNames: [] };
      const payload = { v: 1 as const, type: 'prompt' as const, session, ...words };
      const { hint } = await delivery.enqueue({ user: ada, identity: String(messages), payload });
      if (hint.kind === 'wake') await queue.add({ user: ada, generation: hint.generation });
    },
  };
}

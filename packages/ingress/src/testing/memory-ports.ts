// The ports of the line of stages in memory, with everything that was said written down.
import type { EnqueueAnswer, KeptThreads, Launch } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { deliveryTestSettings, MemoryDelivery, memoryKeptThreads } from '@runnel/shared/testing';
import type { IngressPorts } from '../take-slack-envelope.ts';

export type MemoryPorts = IngressPorts & {
  readonly inbox: MemoryDelivery;
  readonly kept: KeptThreads;
  readonly wakes: Launch[];
  readonly whispers: { channel: string; threadTs: string; user: string; text: string }[];
  readonly receipts: string[];
  readonly conclusions: string[];
  readonly posts: string[];
  /** What was begun in direct messages, and removed again with a minus in front. */
  readonly begun: string[];
};

export function memoryPorts(maxBacklog = 100): MemoryPorts {
  const inbox = new MemoryDelivery({ ...deliveryTestSettings, maxBacklog, seenMs: 3_600_000 });
  const owners = new Map<string, string>();
  const told = new Set<string>();
  const isFirst = async (key: string): Promise<boolean> => told.size < told.add(key).size;
  const wakes: Launch[] = [];
  const whispers: MemoryPorts['whispers'] = [];
  const receipts: string[] = [];
  const conclusions: string[] = [];
  const posts: string[] = [];
  const begun: string[] = [];
  return {
    inbox,
    wakes,
    whispers,
    receipts,
    conclusions,
    posts,
    begun,
    log: createLogger('test', 'silent'),
    launches: { add: async (launch) => void wakes.push(launch) },
    kept: memoryKeptThreads(),
    owners: {
      claim: async (session, user) => owners.get(session) ?? owners.set(session, user).get(session) ?? user,
      find: async (session) => owners.get(session),
    },
    told: {
      isFirstInThread: (session, author) => isFirst(`${session} ${author}`),
      isFirstInDay: (user, what) => isFirst(`${user} ${what}`),
    },
    status: {
      working: async (thread, { title, user, message }) =>
        void receipts.push(`working ${thread.threadTs} "${title}" ${user} ${message}`),
      stage: async (thread, line) => void receipts.push(`${thread.threadTs} ${line}`),
      rest: async (thread) => void receipts.push(`${thread.threadTs} at rest`),
    },
    replies: {
      post: async ({ thread, kind, text }) => posts.push(`${thread.threadTs} ${kind} ${text}`).toString(),
      whisper: async (thread, user, text) => void whispers.push({ ...thread, user, text }),
      beginThread: async (user, text) => {
        const threadTs = `${1_800_000_000 + begun.push(`${user} ${text}`)}.000100`;
        return { channel: user.replace(/^U/, 'D'), threadTs };
      },
      remove: async (_, ts) => void begun.push(`-${ts}`),
      conclude: async (_, message, line) => void conclusions.push(`${message} ${line}`),
    },
  };
}

/** An inbox that fails as a Redis that is away does. */
export function brokenInbox(): Pick<MemoryDelivery, 'seen' | 'enqueue'> {
  const away = async (): Promise<never> => {
    throw new Error('Redis is away');
  };
  return { seen: away, enqueue: (): Promise<EnqueueAnswer> => away() };
}

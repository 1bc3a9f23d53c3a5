// What `main.ts` of the runner does with its ports, many of them in one process: each holds the three connections that a runner holds.
import { EventEmitter } from 'node:events';
import { writeFile } from 'node:fs/promises';
import {
  acquireLease,
  archiveFiles,
  folderSessionStore,
  holdLease,
  LeaseMemory,
  memoryFileSource,
  memorySessionStore,
  renewLease,
  onlyAgent,
  scriptedProvider,
  serveInbox,
  type SessionArchiver,
} from '@runnel/runner/serving';
import { processEventTransport, type Holder } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { connectRedis, RedisDelivery, redisEventTransport } from '@runnel/shared/redis';
import { redisRenewal } from '@runnel/shared/redis-renewal';
import { memoryKeptThreads, memoryReplySink, memoryThreadStatus } from '@runnel/shared/testing';
import { lease as durations, protocol, serving } from './fleet-settings.ts';

export type LifeParts = {
  readonly redisUrl: string;
  readonly folder: string;
  /** Sessions are packed and kept in the folder, as shipped; else next to nothing of them is, in memory. */
  readonly keepsFiles: boolean;
  readonly log: Logger;
  /** Asks to drain. */
  readonly signal: AbortSignal;
  readonly onAcquired: () => void;
};

/** Resolves when the runner has ended. Its renewal thread is a timer with a connection of its own. */
export async function liveOnce(holder: Holder, parts: LifeParts): Promise<void> {
  const { redisUrl, folder, keepsFiles, log, signal } = parts;
  const onError = (error: Error): void => log.error({ err: error }, 'redis connection');
  await using opened = new AsyncDisposableStack();
  const open = (use: 'commands' | 'blocking') =>
    opened.adopt(connectRedis(redisUrl, use, onError), (redis) => redis.disconnect());
  const [commands, blocking, renewing] = [open('commands'), open('blocking'), open('commands')];
  const delivery = new RedisDelivery(commands, protocol);
  const memory = new LeaseMemory();
  const answer = await acquireLease({ delivery, holder, memory, ...durations, log });
  if (answer !== 'ok') throw new Error(`The lease of ${holder.user} is ${answer}.`);
  parts.onAcquired();
  const thread = Object.assign(new EventEmitter(), { unref: () => undefined });
  // oxlint-disable-next-line no-unsafe-type-assertion -- of a thread only its messages are heard
  const lease = holdLease({ delivery, holder, memory, thread: thread as never, ...durations, log });
  opened.defer(
    renewLease({
      delivery: redisRenewal(renewing, durations.leaseMs),
      memory,
      holder,
      ...durations,
      stallMs: 2 * durations.leaseMs,
      tell: (news) => void thread.emit('message', news),
      endProcess: () => undefined,
    }),
  );
  await serveInbox(
    {
      delivery,
      blocking: new RedisDelivery(blocking, protocol),
      onReconnect: () => undefined,
      store: keepsFiles ? folderSessionStore(`${folder}/state`) : memorySessionStore(),
      archiver: keepsFiles ? archiveFiles : nothingToKeep,
      agents: onlyAgent(scriptedProvider()),
      fileSource: memoryFileSource(),
      kept: memoryKeptThreads(),
      replies: memoryReplySink(),
      status: memoryThreadStatus(),
      localEvents: processEventTransport(),
      events: redisEventTransport({
        redis: commands,
        openConnection: () => connectRedis(redisUrl, 'blocking', onError),
        onDropped: () => undefined,
      }),
      decode: (text) => text,
      log,
    },
    { lease, settings: { ...serving, home: `${folder}/homes/${holder.owner}` }, signal },
  );
}

const nothingToKeep: SessionArchiver = {
  async pack(_, file) {
    await writeFile(file, '');
    return { kind: 'whole', leftOut: [] };
  },
  unpack: async () => undefined,
};

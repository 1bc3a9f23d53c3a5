// A soak: people, ingresses, launchers and hosts around one real Redis, faults in all of them, and a record that outlives them all.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UserKey } from '@runnel/shared';
import { connectRedis, redisKeys } from '@runnel/shared/redis';
import { startRedisServer } from '@runnel/shared/testing';
import type { Redis } from 'ioredis';
import { deliverMessage } from './deliver-message.ts';
import { describeWaiting } from './describe-waiting.ts';
import { makeDice } from './dice.ts';
import { striker } from './fault-counts.ts';
import { MessageLedger } from './message-ledger.ts';
import { userKeyOf } from './numbered-message.ts';
import { SoakRecord } from './soak-record.ts';
import { durations, faultKinds, type SoakOptions } from './soak-settings.ts';
import { startFleet } from './start-fleet.ts';
import { strikeProcesses } from './strike-processes.ts';
import { choose, writeMessages, type WritingParts } from './write-messages.ts';

/** How often what is overdue is looked for in the inboxes, and from which age on. */
const LOOK_MS = 500;
const OVERDUE_MS = 1_500;
const MOST_LOOKED_AT = 500;

export type SoakRun = {
  readonly options: SoakOptions;
  /** Aborted to end it early: what is under way is not judged. */
  readonly signal: AbortSignal;
  readonly onProgress?: (record: SoakRecord) => void;
};

/** Resolves when everything was answered, nobody can be helped any more, or the signal aborts. Leaves nothing behind. */
export async function runSoak({ options, signal, onProgress }: SoakRun): Promise<SoakRecord> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'runnel-soak-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const server = opened.use(await startRedisServer());
  const redis = opened.adopt(
    connectRedis(server.url, 'blocking', () => undefined),
    (client) => client.disconnect(),
  );
  const dice = makeDice(options.seed);
  const ledger = new MessageLedger(options.users, (person, number) => [
    ...fleet.slack.about(person, number),
    ...record.events,
  ]);
  const record = new SoakRecord(options, ledger);
  const strike = striker(dice, options.faults, (kind) => record.struck(kind));
  const endLease = (user: UserKey): void =>
    void redis.hset(redisKeys.lease(user), 'deadline', 1).catch(() => undefined);
  const settings = { ...options, faults: [...options.faults], redisUrl: server.url, folder };
  const fleet = opened.use(await startFleet({ settings, dice, strike, endLease, record }));

  record.begin();
  const written = new AbortController();
  const ended = AbortSignal.any([signal, written.signal]);
  const over = new AbortController();
  opened.defer(() => over.abort());
  const striking = strikeProcesses({
    ...fleet,
    dice,
    strike,
    redis,
    people: options.users,
    sent: () => ledger.counts.sent,
    signal: ended,
  });
  const ticking = setInterval(() => onProgress?.(record), LOOK_MS);
  opened.defer(() => clearInterval(ticking));
  const ingresses = () => fleet.ingresses.filter(({ isReady }) => isReady).map(({ peer }) => peer);
  const people: WritingParts = {
    options,
    dice,
    ledger,
    signal: ended,
    deliver: (message, payload) =>
      void deliverMessage({ dice, strike, ledger, ingresses, signal: over.signal }, message, payload),
  };
  record.onHeld((said) => void choose(people, said));
  const writing = writeMessages(people);
  const looking = lookAfter({ redis, record, signal }, () => written.signal.aborted);
  await Promise.race([writing, looking]);
  written.abort();
  await striking;
  await looking;
  record.end();
  return record;
}

type Looking = { readonly redis: Redis; readonly record: SoakRecord; readonly signal: AbortSignal };

/** Settles what left the inbox without a word, until all is settled or somebody has been waiting for too long. */
async function lookAfter({ redis, record, signal }: Looking, isWritten: () => boolean): Promise<void> {
  const { ledger } = record;
  while (!signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    const overdue = ledger.overdue(OVERDUE_MS).slice(0, MOST_LOOKED_AT);
    const entries = await Promise.all(
      overdue.map(({ person, entryId }) => redis.xrange(redisKeys.inbox(userKeyOf(person)), entryId, entryId)),
    );
    for (const [index, message] of overdue.entries()) if (entries[index]?.length === 0) ledger.gone(message);
    if (ledger.measureWaits() > durations.strandedMs) {
      for (const { person } of overdue.slice(0, 3)) record.broken('still waits', await describeWaiting(redis, person));
      return;
    }
    if (isWritten() && ledger.size === 0) return;
  }
}

/** The faults that a command line names. */
export function readFaults(text: string): ReadonlySet<(typeof faultKinds)[number]> {
  if (text === 'all') return new Set(faultKinds);
  const names = text.split(',').filter((name) => name !== '' && name !== 'none');
  const unknown = names.filter((name) => !faultKinds.some((kind) => kind === name));
  if (unknown.length > 0) {
    throw new Error(`There is no fault ${unknown.join(', ')}. There are: ${faultKinds.join(', ')}.`);
  }
  return new Set(faultKinds.filter((kind) => names.includes(kind)));
}

// Reads what is known about a message from Redis: its person's trace, inbox, lease, dead letters and place in the launch queue.
import { messageIdentity, splitUserKey, type Entry, type UserKey, isUserKey } from '@runnel/shared';
import { deliverySettings } from '@runnel/shared/process';
import { assertFitRedis, connectRedis, RedisDelivery, redisKeys } from '@runnel/shared/redis';
import type { Redis } from 'ioredis';
import { bullmqFleet, type FleetReader } from './bullmq-fleet.ts';
import type { FactReader } from './explain-message.ts';
import type { FoundMessage, MessageFacts, WaitingEntry } from './message-facts.ts';
import { parseStepRecords } from './parse-step-records.ts';
import { identityOf, type MessageName } from './read-message-name.ts';

/** It only looks: none of these is used. */
const PROTOCOL = deliverySettings({ leaseMs: 0, seenMs: 0, maxBacklog: 0, backoffMs: 0, redisReplicas: 0 });

/** Throws `redis_unreachable` or `redis_unfit`. */
export async function openFactReader(redisUrl: string): Promise<FactReader & AsyncDisposable> {
  await assertFitRedis(redisUrl);
  const redis = connectRedis(redisUrl, 'commands', () => undefined);
  const delivery = new RedisDelivery(redis, PROTOCOL);
  const fleet = bullmqFleet(redisUrl);
  return {
    find: (name) => findMessage({ redis, delivery }, name),
    read: (found) => readFacts({ redis, delivery, fleet }, found),
    async [Symbol.asyncDispose]() {
      await fleet[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

type Connections = { readonly redis: Redis; readonly delivery: RedisDelivery };

async function findMessage({ redis, delivery }: Connections, name: MessageName): Promise<FoundMessage | undefined> {
  const user = await redis.get(redisKeys.whose(identityOf(name)));
  if (user !== null && isUserKey(user) && isOfTeam(user, name)) return { user, identity: identityIn(user, name) };
  // Its ingress may have died before it could say so: then it waits, and its person is where the sweeper looks.
  for (const candidate of (await delivery.dirtyUsers()).filter((one) => isOfTeam(one, name))) {
    const identity = identityIn(candidate, name);
    if (await delivery.seen(candidate, identity)) return { user: candidate, identity };
  }
  return undefined;
}

function isOfTeam(user: UserKey, name: MessageName): boolean {
  return name.kind === 'event' || name.team === '' || name.team === splitUserKey(user).team;
}

function identityIn(user: UserKey, name: MessageName): string {
  return name.kind === 'event' ? name.identity : messageIdentity(splitUserKey(user).team, name.channel, name.ts);
}

async function readFacts(
  { redis, delivery, fleet }: Connections & { readonly fleet: FleetReader },
  found: FoundMessage,
): Promise<MessageFacts> {
  const { user, identity } = found;
  const lease = await delivery.lease(user);
  const entry = await readEntry(delivery, found);
  const dead = await readDead(redis, found);
  const trace = await redis.xrange(redisKeys.trace(user), '-', '+');
  return {
    ...found,
    isSeen: await delivery.seen(user, identity),
    ...(entry === undefined ? {} : { entry }),
    ...(dead === undefined ? {} : { dead }),
    lease,
    isCircuitOpen: lease.failures >= PROTOCOL.circuitAfter,
    fleet: await fleet.read({ user, generation: lease.generation }),
    records: parseStepRecords(trace.map(([, [, records = '[]']]) => records)),
  };
}

async function readEntry(delivery: RedisDelivery, { user, identity }: FoundMessage): Promise<WaitingEntry | undefined> {
  const backlog = await delivery.backlog(user);
  const index = backlog.findIndex((entry) => entry.identity === identity);
  const entry = backlog[index];
  if (entry === undefined) return undefined;
  const isBeside = (other: Entry): boolean => sessionOf(other) === sessionOf(entry);
  return {
    since: timeOf(entry.id),
    tries: await delivery.tries(user, entry.id),
    ahead: backlog.slice(0, index).filter(isBeside).length,
  };
}

function sessionOf({ payload }: Entry): string {
  return payload.type === 'unreadable' ? '' : payload.session;
}

async function readDead(redis: Redis, { user, identity }: FoundMessage): Promise<MessageFacts['dead']> {
  for (const [id, fields] of await redis.xrevrange(redisKeys.dead(user), '+', '-')) {
    if (fieldIn(fields, 'i') === identity) return { cause: fieldIn(fields, 'cause'), at: timeOf(id) };
  }
  return undefined;
}

/** Stream ids are `milliseconds-sequence`. */
function timeOf(id: string): number {
  return Number(id.split('-')[0]);
}

/** Fields of a stream's entry are a flat list of names and values. */
function fieldIn(fields: readonly string[], name: string): string {
  return fields.find((_, index) => index % 2 === 1 && fields[index - 1] === name) ?? '';
}

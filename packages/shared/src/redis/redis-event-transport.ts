// Events on a capped Redis stream per user, for consumers in other processes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { EventTransport } from '../event-transport.ts';
import { decodeEnvelope, type Envelope } from '../event.ts';
import type { UserKey } from '../user-key.ts';
import { redisKeys } from './redis-keys.ts';

const KEPT_EVENTS = 500;
const KEPT_MS = 24 * 3600 * 1000;
const BLOCK_MS = 1_000;

export type RedisEventTransportOptions = {
  readonly redis: Redis;
  /** Blocking reads need a connection of their own; opened per subscription, closed with it. */
  readonly openConnection: () => Redis;
  readonly onDropped: (error: unknown) => void;
};

export function redisEventTransport({ redis, openConnection, onDropped }: RedisEventTransportOptions): EventTransport {
  return {
    async publish(envelope) {
      const key = redisKeys.events(envelope.userKey);
      try {
        // The expiry goes along in one round trip: a stream of a person who left must not stay.
        const results = await redis
          .pipeline()
          .xadd(key, 'MAXLEN', '~', KEPT_EVENTS, '*', 'id', envelope.id, 'e', JSON.stringify(envelope))
          .pexpire(key, KEPT_MS)
          .exec();
        const fault = results?.find(([error]) => error !== null)?.[0];
        if (fault) onDropped(fault);
      } catch (error) {
        onDropped(error);
      }
    },
    subscribe: (user, options) => readEvents(openConnection, user, options),
  };
}

async function* readEvents(
  open: () => Redis,
  user: UserKey,
  options: { after?: string; signal: AbortSignal },
): AsyncGenerator<Envelope> {
  const { signal } = options;
  const redis = open();
  signal.addEventListener('abort', () => redis.disconnect(), { once: true });
  try {
    let skipUntil = options.after;
    let last = '0';
    const kept = await redis.xrange(redisKeys.events(user), '-', '+');
    if (!kept.some(([, fields]) => fields[1] === skipUntil)) skipUntil = undefined;
    let rows = kept;
    while (!signal.aborted) {
      for (const [id, [, envelopeId, , raw = '']] of rows) {
        last = id;
        const envelope = skipUntil === undefined ? decodeEnvelope(raw) : undefined;
        if (envelopeId === skipUntil) skipUntil = undefined;
        if (envelope !== undefined) yield envelope;
      }
      rows = await readNext(redis, user, { last, signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    redis.disconnect();
  }
}

async function readNext(
  redis: Redis,
  user: UserKey,
  { last, signal }: { last: string; signal: AbortSignal },
): Promise<[string, string[]][]> {
  const streams = await redis.xread('BLOCK', BLOCK_MS, 'STREAMS', redisKeys.events(user), last);
  if (streams === null && !signal.aborted) await sleep(0);
  return (streams ?? []).flatMap(([, rows]) => rows);
}

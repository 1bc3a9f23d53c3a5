// Opens connections to Redis with the settings this product needs, and looks whether the server may carry leases.
import { Redis } from 'ioredis';
import { RunnelError, retryable } from '../errors.ts';

export type ConnectionUse =
  /** Verbs: fails at once when the server is away, so that the caller decides. */
  | 'commands'
  /** Blocking reads and BullMQ: waits for the server to come back. */
  | 'blocking';

/** `onError` hears every connection error; without it ioredis would print to stderr. */
export function connectRedis(url: string, use: ConnectionUse, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    ...reconnection(onError),
    maxRetriesPerRequest: use === 'commands' ? 1 : null,
    connectTimeout: 5_000,
    // A connection that a failover cut without a word stays open for a quarter of an hour: who waits for an answer gets a new one.
    // Within the time-out of a command, so that it is sent again; longer than anything blocks (BullMQ: 10 s).
    ...(use === 'commands' ? { commandTimeout: 5_000, socketTimeout: 3_500 } : { socketTimeout: 15_000 }),
  });
  redis.on('error', onError);
  return redis;
}

/** A replica that is met again within this is still the same one. */
const SAME_REPLICA_MS = 10_000;

/** Growing pauses: for a server that is away, and for a replica that stays where the primary should be. */
function reconnection(onError: (error: Error) => void) {
  let isRefused = false;
  let refusals = 0;
  let refusedAt = -Infinity;
  return {
    retryStrategy(times: number): number {
      // A connection to a replica is made without a fault, so that ioredis itself begins at the shortest pause every time.
      if (isRefused) refusals = performance.now() - refusedAt > SAME_REPLICA_MS ? 1 : refusals + 1;
      if (isRefused) refusedAt = performance.now();
      const attempt = isRefused ? Math.max(times, refusals) : times;
      isRefused = false;
      return Math.min(50 * 2 ** Math.min(attempt, 6), 2_000) + Math.random() * 100;
    },
    // A primary that became a replica answers READONLY until its clients reconnect; Redis 6.2 says so inside a script's error.
    reconnectOnError(error: Error): 2 | false {
      if (!/(^|-)READONLY /.test(error.message)) return false;
      // What was refused is sent again, so that its caller hears of a time-out at most: this says why, once a connection.
      if (!isRefused) onError(error);
      isRefused = true;
      return 2;
    },
  };
}

/** Resolves when the server answers and is fit to carry leases. Otherwise throws `redis_unreachable` or `redis_unfit`, in one sentence. */
export async function assertFitRedis(url: string, signal?: AbortSignal): Promise<void> {
  const probe = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 5_000,
    // Who accepts and says nothing must not keep a process starting for ever.
    socketTimeout: 5_000,
    maxRetriesPerRequest: 0,
  });
  // Where the server refuses, as with a wrong password, connect() rejects only with "Connection is closed".
  let refusal: Error | undefined;
  probe.on('error', (error) => (refusal = error));
  try {
    signal?.throwIfAborted();
    await probe.connect();
    assertFitInfo(parseInfo(await probe.info()), displayUrl(url));
  } catch (error) {
    if (error instanceof RunnelError) throw error;
    const fault = refusal ?? error;
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new RunnelError(
      'redis_unreachable',
      `Redis does not answer at ${displayUrl(url)}: ${reason.replace(/\.$/, '')}. Start it, or correct REDIS_URL.`,
      {
        retry: retryable(1_000),
        cause: fault,
      },
    );
  } finally {
    probe.disconnect();
  }
}

function assertFitInfo(info: Map<string, string>, where: string): void {
  const unfit = (sentence: string): RunnelError => new RunnelError('redis_unfit', `Redis at ${where} ${sentence}`);
  const version = info.get('redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) throw unfit(`is ${version}; Runnel needs 6.2 or newer.`);
  if (info.get('redis_mode') === 'cluster') {
    throw unfit('is a cluster; use one primary (WAIT cannot be tied to a shard).');
  }
  if (info.get('role') === 'slave') throw unfit('is a replica; point REDIS_URL at the primary.');
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction') throw unfit(`may evict leases (maxmemory-policy ${policy}); set it to noeviction.`);
}

function parseInfo(text: string): Map<string, string> {
  return new Map(
    text.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)] as const] : [];
    }),
  );
}

/** The address without its password. */
function displayUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

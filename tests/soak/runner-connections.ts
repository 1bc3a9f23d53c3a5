// The connections of the runners in one host. Those for commands are shared by a few runners each; whoever blocks has one alone.
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import type { Redis } from 'ioredis';
import { protocol, shape } from './soak-settings.ts';

export type CommandConnection = {
  readonly redis: Redis;
  readonly delivery: RedisDelivery;
  readonly onReady: Set<() => void>;
};

export type RunnerConnections = {
  /** One of the shared ones. */
  shared(number: number): CommandConnection;
  takeBlocking(): CommandConnection;
  /** Once nothing of its last owner blocks on it any more. */
  giveBack(connection: CommandConnection): void;
};

export function runnerConnections(redisUrl: string): RunnerConnections {
  const open = (use: 'commands' | 'blocking'): CommandConnection => {
    const redis = connectRedis(redisUrl, use, () => undefined);
    const onReady = new Set<() => void>();
    redis.on('ready', () => {
      for (const listener of onReady) listener();
    });
    return { redis, delivery: new RedisDelivery(redis, protocol), onReady };
  };
  const commands = Array.from({ length: shape.commandConnections }, () => open('commands'));
  const free: CommandConnection[] = [];
  return {
    shared(number) {
      const connection = commands[number % commands.length];
      if (connection === undefined) throw new Error('No connection was opened.');
      return connection;
    },
    takeBlocking: () => free.pop() ?? open('blocking'),
    giveBack: (connection) => void free.push(connection),
  };
}

/** Cuts it right after what was sent: it arrives, its answer does not. */
export function cutAfterSend({ redis }: CommandConnection): void {
  setImmediate(() => redis.stream?.destroy());
}

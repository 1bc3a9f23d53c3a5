// What a Kubernetes Service is to its clients: one address. Who stands behind it may change, for connections that come later.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type RedisService = AsyncDisposable & {
  readonly url: string;
  /** Connections that stand stay where they are. */
  moveTo(port: number): void;
  /** Connections that stand go silent, with no word to either side; new ones are fine. */
  deafen(): void;
};

export async function startRedisService(firstPort: number): Promise<RedisService> {
  let behind = firstPort;
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    const far = connect(behind, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.once('close', () => {
        for (const other of pair) other.destroy();
        pairs.delete(pair);
      });
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP address');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    moveTo: (port) => void (behind = port),
    deafen() {
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of [...pairs].flat()) socket.destroy();
      await closed;
    },
  };
}

// Finds a port for a program that cannot choose one itself.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below what systems give to outgoing connections: one of those could have it before the program that it is for.
const PORTS = { from: 20_000, to: 32_000 };

/** A port of the loopback on which nobody listens, in `ports`: the first of them, and the one after the last. */
export async function freePort(ports: { readonly from: number; readonly to: number } = PORTS): Promise<number> {
  for (;;) {
    const port = randomInt(ports.from, ports.to);
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    probe.close();
    if (isFree) return port;
  }
}

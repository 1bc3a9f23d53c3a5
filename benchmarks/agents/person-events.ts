// What the runner of a person tells the world, with when it came here.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope, SessionKey, UserKey } from '@runnel/shared';
import { redisEventTransport } from '@runnel/shared/redis';
import type { World } from '../world.ts';

export type Arrived = { readonly at: number; readonly envelope: Envelope };

export type PersonEvents = AsyncDisposable & {
  /** The first one of a thread that fits, also where it has come already. */
  readonly until: (session: SessionKey, fits: (envelope: Envelope) => boolean) => Promise<Arrived>;
};

const PATIENCE_MS = 120_000;

export function followPerson(world: World, user: UserKey): PersonEvents {
  const over = new AbortController();
  const arrived: Arrived[] = [];
  const transport = redisEventTransport({
    redis: world.connect(),
    openConnection: () => world.connect('blocking'),
    onDropped: () => undefined,
  });
  const listen = async (): Promise<void> => {
    const envelopes = transport.subscribe(user, { signal: over.signal });
    for await (const envelope of envelopes) arrived.push({ at: performance.now(), envelope });
  };
  const listening = listen();
  return {
    async until(session, fits) {
      const deadline = performance.now() + PATIENCE_MS;
      while (performance.now() < deadline) {
        const found = arrived.find(({ envelope }) => envelope.session === session && fits(envelope));
        if (found !== undefined) return found;
        await sleep(1);
      }
      throw new Error(`What was waited for did not come within ${PATIENCE_MS / 1_000} s.`);
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await listening;
    },
  };
}

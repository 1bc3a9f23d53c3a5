// Events within one process: the hot path, and unit tests. Late subscribers get what is kept.
import type { EventTransport } from './event-transport.ts';
import type { Envelope } from './event.ts';
import type { UserKey } from './user-key.ts';

const KEPT_EVENTS = 500;

export function processEventTransport(): EventTransport {
  const kept = new Map<UserKey, Envelope[]>();
  const wakers = new Set<() => void>();
  return {
    async publish(envelope) {
      const events = kept.get(envelope.userKey) ?? [];
      events.push(envelope);
      if (events.length > KEPT_EVENTS) events.shift();
      kept.set(envelope.userKey, events);
      for (const wake of wakers) wake();
    },
    async *subscribe(user, { after, signal }) {
      let last = after;
      while (!signal.aborted) {
        const events = kept.get(user) ?? [];
        const fresh = events.slice(events.findIndex((event) => event.id === last) + 1);
        for (const event of fresh) {
          last = event.id;
          yield event;
        }
        if (fresh.length === 0) await nextPublish(wakers, signal);
      }
    },
  };
}

async function nextPublish(wakers: Set<() => void>, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      wakers.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    wakers.add(wake);
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
  });
}

// The contract of the event transport: every adapter runs it.
import { describe, expect, test } from 'vitest';
import type { EventTransport } from '../event-transport.ts';
import { envelopeMaker, type Envelope } from '../event.ts';
import type { UserKey } from '../user-key.ts';

let people = 0;

export function describeEventTransport(name: string, open: () => Promise<EventTransport>): void {
  describe(`event transport: ${name}`, () => {
    test('a subscriber gets what is kept, then what comes, in order', async () => {
      const transport = await open();
      const { user, wrap } = someone();
      await transport.publish(wrap({ type: 'runner.started', data: {} }));
      const leaving = new AbortController();
      const got: Envelope[] = [];
      const reading = read(transport, { user, signal: leaving.signal }, got);
      await expect.poll(() => got.length).toBe(1);
      await transport.publish(wrap({ type: 'turn.started', data: { n: 1 }, session: 'T0:D0:1.0', turn: 'a' }));
      await transport.publish(wrap({ type: 'turn.finished', data: {} }));
      await expect
        .poll(() => got.map((event) => [event.seq, event.type]))
        .toEqual([
          [0, 'runner.started'],
          [1, 'turn.started'],
          [2, 'turn.finished'],
        ]);
      leaving.abort();
      await reading;
    });

    test('a subscriber goes on behind the last event it saw', async () => {
      const transport = await open();
      const { user, wrap } = someone();
      const events = [1, 2, 3].map((n) => wrap({ type: 'agent.text', data: { n } }));
      for (const event of events) await transport.publish(event);
      const leaving = new AbortController();
      const got: Envelope[] = [];
      const after = events[0]?.id ?? '';
      const reading = read(transport, { user, after, signal: leaving.signal }, got);
      await expect.poll(() => got).toEqual(events.slice(1));
      leaving.abort();
      await reading;
    });

    test('people do not hear each other', async () => {
      const transport = await open();
      const ada = someone();
      const ben = someone();
      await transport.publish(ada.wrap({ type: 'agent.text', data: { secret: true } }));
      const mine = ben.wrap({ type: 'agent.text', data: {} });
      await transport.publish(mine);
      const leaving = new AbortController();
      const got: Envelope[] = [];
      const reading = read(transport, { user: ben.user, signal: leaving.signal }, got);
      await expect.poll(() => got).toEqual([mine]);
      leaving.abort();
      await reading;
    });
  });
}

function someone(): { user: UserKey; wrap: ReturnType<typeof envelopeMaker> } {
  const user: UserKey = `T0:UE${(people += 1)}`;
  return { user, wrap: envelopeMaker(user) };
}

async function read(
  transport: EventTransport,
  from: { user: UserKey; after?: string; signal: AbortSignal },
  into: Envelope[],
): Promise<void> {
  const { user, ...options } = from;
  for await (const envelope of transport.subscribe(user, options)) into.push(envelope);
}

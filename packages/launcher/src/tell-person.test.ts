import { RunnelError, type Reply, type UserKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import {
  deliveryTestSettings,
  MemoryDelivery,
  memoryReplySink,
  memoryThreadStatus,
  promptOf,
  type MemoryReplySink,
} from '@runnel/shared/testing';
import { expect, test } from 'vitest';
import { personTeller, type PersonTeller } from './tell-person.ts';

const user: UserKey = 'T0:U1';
const untold = { generation: '100', cause: 'crash' };

test('says it as a notice in the thread of the oldest message, under an id of generation and cause', async () => {
  const { teller, delivery, posts } = world();
  await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
  await delivery.enqueue({ user, identity: 'b', payload: { ...promptOf('two'), session: 'T0:D0:2.0' } as never });
  expect(await teller.cause(user, untold, false)).toBe(true);
  expect(posts()).toEqual([
    {
      thread: { channel: 'D0', threadTs: '1.0' },
      deliveryId: '100-crash',
      kind: 'notice',
      text: 'Your runner ended unexpectedly. I start it again now; your 2 messages are kept.',
      buttons: [],
    },
  ]);
});

test('where nothing waits the cause is settled without a word', async () => {
  const { teller, posts } = world();
  expect(await teller.cause(user, untold, false)).toBe(true);
  expect(posts()).toEqual([]);
});

test.each(['pod_start_failed', 'start_timeout'])(
  'a start that failed (%s) may be tried again at once',
  async (cause) => {
    const { teller, delivery, posts } = world();
    await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
    await teller.cause(user, { ...untold, cause }, false);
    expect(posts()).toMatchObject([{ buttons: [{ action: 'retry', value: '100' }] }]);
  },
);

test('an open circuit may be closed by the person', async () => {
  const { teller, delivery, posts } = world({ circuitAfter: 1 });
  await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
  const { generation } = await delivery.lease(user);
  await delivery.end({ user, generation, owner: '', cause: 'crash', counted: true });
  await teller.cause(user, untold, false);
  expect(posts()).toMatchObject([{ text: expect.stringContaining('in a row'), buttons: [{ action: 'retry' }] }]);
});

test.each([{ type: 'run_now' }, { type: 'run_kept', agent: 'claude' }, { type: 'decision', chosen: 'allow' }] as const)(
  'where only $type waits, the person hears of it there',
  async (chosen) => {
    const { teller, delivery, posts } = world();
    const choice = { v: 1, session: 'T0:D0:5.0', author: 'U1', at: 1, target: 's', message: '6.0' } as const;
    await delivery.enqueue({ user, identity: 'a', payload: { ...choice, ...chosen } });
    await teller.cause(user, untold, false);
    expect(posts()).toMatchObject([{ thread: { channel: 'D0', threadTs: '5.0' } }]);
  },
);

test('what Slack may take later is not settled', async () => {
  const { teller, delivery, replies, posts } = world();
  await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
  replies.failNext({ kind: 'gives-up', said: true });
  expect(await teller.cause(user, untold, false)).toBe(false);
  expect(await teller.cause(user, untold, true)).toBe(true);
  expect(posts()).toHaveLength(1);
});

test('what Slack refuses for good is settled', async () => {
  const { teller, delivery, replies } = world();
  replies.post = () => Promise.reject(new RunnelError('slack_refused', 'is_archived'));
  await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
  expect(await teller.cause(user, untold, false)).toBe(true);
});

test('how long until the next start is told by the clock of the lease, not by ours', async () => {
  const { teller, delivery, posts } = world({ clock: () => Date.now() - 3_600_000 });
  await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
  const { generation } = await delivery.lease(user);
  await delivery.end({ user, generation, owner: '', cause: 'crash', counted: true });
  await teller.cause(user, untold, false);
  expect(posts()[0]?.text).toMatch(/I start it again (in 1 s|now);/);
});

function world({ circuitAfter = 8, clock = Date.now } = {}): {
  teller: PersonTeller;
  delivery: MemoryDelivery;
  replies: MemoryReplySink;
  posts: () => Reply[];
} {
  const delivery = new MemoryDelivery(deliveryTestSettings, clock);
  const replies = memoryReplySink();
  const teller = personTeller({
    delivery,
    replies,
    status: memoryThreadStatus(),
    log: createLogger('launcher', 'silent'),
    memoryBytes: 1024 ** 3,
    circuitAfter,
  });
  return { teller, delivery, replies, posts: () => replies.posts().map((post) => post.reply) };
}

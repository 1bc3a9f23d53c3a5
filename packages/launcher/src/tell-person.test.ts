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
    },
  ]);
});

test('where nothing waits the cause is settled without a word', async () => {
  const { teller, posts } = world();
  expect(await teller.cause(user, untold, false)).toBe(true);
  expect(posts()).toEqual([]);
});

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

function world(): { teller: PersonTeller; delivery: MemoryDelivery; replies: MemoryReplySink; posts: () => Reply[] } {
  const delivery = new MemoryDelivery(deliveryTestSettings);
  const replies = memoryReplySink();
  const teller = personTeller({
    delivery,
    replies,
    status: memoryThreadStatus(),
    log: createLogger('launcher', 'silent'),
    memoryBytes: 1024 ** 3,
    circuitAfter: 8,
  });
  return { teller, delivery, replies, posts: () => replies.posts().map((post) => post.reply) };
}

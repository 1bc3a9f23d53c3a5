import { createLogger } from '@runnel/shared/process';
import { memoryReplySink } from '@runnel/shared/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ProgressCard, type CardOf } from './progress-card.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const of: CardOf = { session: 'T0:D0:1.0', turn: 'T0:D0:2.0', ts: '2.0', title: 'make', isRepeated: false };

function open(changes: Partial<CardOf> = {}) {
  const replies = memoryReplySink();
  const update = vi.spyOn(replies, 'update');
  const parts = {
    replies,
    mayPost: () => Promise.resolve(true),
    mayUpdate: () => true,
    log: createLogger('test', 'silent'),
  };
  return { replies, update, parts, card: new ProgressCard(parts, { ...of, ...changes }) };
}

const shown = ({ replies }: ReturnType<typeof open>): string[] => replies.posts().map(({ reply }) => reply.text);
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

test('a turn under 3 s has no card', async () => {
  const stage = open();
  stage.card.add('out');
  await pass(2_900);
  await stage.card.close();
  await pass(10_000);
  expect(shown(stage)).toEqual([]);
});

test('from then on it shows what runs, for how long, and the last lines, with a Stop', async () => {
  const stage = open();
  stage.card.add(Array.from({ length: 40 }, (_, n) => `line ${n}\n`).join(''));
  await pass(3_000);
  const [post] = stage.replies.posts();
  expect(post?.reply).toMatchObject({ kind: 'card', stoppable: true, deliveryId: 'card:T0:D0:2.0' });
  expect(post?.reply.text.split('\n')).toEqual([
    'Running `make`  ·  3 s',
    '```',
    ...Array.from({ length: 15 }, (_, n) => `line ${25 + n}`),
    '```',
  ]);
});

test('while its turn waits for somebody nothing is shown, and it goes on after that', async () => {
  const stage = open();
  await pass(1_000);
  stage.card.pause(true);
  await pass(10_000);
  expect(shown(stage)).toEqual([]);
  stage.card.pause(false);
  await pass(0);
  expect(shown(stage)).toEqual(['Running `make`  ·  11 s']);
  stage.card.pause(true);
  await pass(60_000);
  expect(stage.update).not.toHaveBeenCalled();
  await stage.card.close();
  expect(shown(stage)).toEqual([]);
});

test('new output is shown, but not more often than every 1.5 s; silence only now and then', async () => {
  const stage = open();
  await pass(3_000);
  for (let n = 0; n < 30; n += 1) {
    stage.card.add(`${n}\n`);
    await pass(100);
  }
  expect(stage.update).toHaveBeenCalledTimes(2);
  await pass(1_500);
  stage.update.mockClear();
  await pass(20_000);
  expect(stage.update).toHaveBeenCalledTimes(2);
});

test('a pause that Slack asks for is kept, and what comes meanwhile is shown after it', async () => {
  const stage = open();
  stage.replies.failNext({ kind: 'rate-limited', retryAfterMs: 5_000 });
  await pass(7_900);
  expect(shown(stage)).toEqual([]);
  await pass(200);
  expect(shown(stage)).toHaveLength(1);
});

test('the card that a runner left behind is taken over at once, and goes with the turn', async () => {
  const { replies, parts, card: left } = open();
  await pass(3_000);
  const again = new ProgressCard(parts, { ...of, isRepeated: true });
  await pass(0);
  expect(again.ts).toBe(left.ts);
  await again.close();
  expect(replies.posts()).toEqual([]);
});

test('one that is just being posted when the turn ends goes too', async () => {
  const stage = open();
  const held = Promise.withResolvers<boolean>();
  stage.parts.mayPost = () => held.promise;
  await pass(3_000);
  const closed = stage.card.close();
  held.resolve(true);
  await closed;
  expect(shown(stage)).toEqual([]);
});

// The inbox as it is read: what one way of reading misses, another one brings.
import type { Entry } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { expect, onTestFinished, test } from 'vitest';
import { isAfter, readInbox, type InboxReading } from './read-inbox.ts';
import { until } from './testing/runner-world.ts';

const entry = (id: string): Entry => ({ id, identity: `i${id}`, payload: { type: 'unreadable', raw: '' } });

/** A stream whose blocking read hears of nothing unless it is told to. */
async function open(changes: Partial<InboxReading> = {}) {
  const stream: Entry[] = [];
  const taken: string[] = [];
  const over = new AbortController();
  const reconnects: (() => void)[] = [];
  const asked: string[] = [];
  const wakers: (() => void)[] = [];
  let isDeaf = true;
  onTestFinished(() => over.abort());
  const inbox = await readInbox({
    user: 'T0:U0',
    delivery: { backlog: () => Promise.resolve([...stream]) },
    blocking: {
      async next(_, after) {
        asked.push(after);
        await new Promise<void>((resolve) => wakers.push(resolve));
        return stream.filter(({ id }) => isAfter(id, after));
      },
    },
    onReconnect: (listener) => void reconnects.push(listener),
    tickMs: 60_000,
    take: (entries) => void taken.push(...entries.map(({ id }) => id).filter((id) => !taken.includes(id))),
    over: over.signal,
    log: createLogger('test', 'silent'),
    ...changes,
  });
  const append = (id: string): void => {
    stream.push(entry(id));
    if (!isDeaf) for (const wake of wakers.splice(0)) wake();
  };
  return {
    inbox,
    stream,
    taken,
    asked,
    append,
    over,
    reconnect: () => reconnects.forEach((one) => one()),
    hear: () => void (isDeaf = false),
  };
}

test('the whole backlog is taken before anything else', async () => {
  const backlog = { backlog: () => Promise.resolve([entry('1-0'), entry('2-0')]) };
  const { taken, asked } = await open({ delivery: backlog });
  expect(taken).toEqual(['1-0', '2-0']);
  await until(() => expect(asked).toEqual(['2-0']));
});

test('what comes is in hand at once, and asked for from the highest id on', async () => {
  const { append, taken, asked, hear } = await open();
  hear();
  append('5-0');
  await until(() => expect(taken).toEqual(['5-0']));
  append('5-1');
  await until(() => expect(taken).toEqual(['5-0', '5-1']));
  expect(asked).toEqual(['0-0', '5-0', '5-1']);
});

test('what a deaf blocking read misses comes with the next tick', async () => {
  const { append, taken } = await open({ tickMs: 30 });
  append('5-0');
  await until(() => expect(taken).toEqual(['5-0']));
});

test('after a failover an id below the last one is read all the same', async () => {
  const { append, taken } = await open({ tickMs: 30 });
  append('5-0');
  await until(() => expect(taken).toEqual(['5-0']));
  append('4-0');
  await until(() => expect(taken).toEqual(['5-0', '4-0']));
});

test('after a reconnect everything is read again', async () => {
  const { append, taken, reconnect } = await open();
  append('5-0');
  reconnect();
  await until(() => expect(taken).toEqual(['5-0']));
});

test('who asks to read again during a reading gets one that began afterwards', async () => {
  const answers: PromiseWithResolvers<Entry[]>[] = [];
  const backlog = (): Promise<Entry[]> => {
    if (answers.length === 0) answers.push({ ...Promise.withResolvers<Entry[]>(), promise: Promise.resolve([]) });
    else answers.push(Promise.withResolvers<Entry[]>());
    return answers.at(-1)?.promise ?? Promise.resolve([]);
  };
  const { inbox, taken } = await open({ delivery: { backlog } });
  const first = inbox.readAgain();
  const second = inbox.readAgain();
  answers[1]?.resolve([]);
  await first;
  await until(() => expect(answers).toHaveLength(3));
  answers[2]?.resolve([entry('7-0')]);
  await second;
  expect(taken).toEqual(['7-0']);
});

test('a reading that fails is repeated, and the blocking one too', async () => {
  let failures = 0;
  const stumbling = async (): Promise<Entry[]> => {
    failures += 1;
    if (failures < 3) throw new Error('Connection is closed.');
    return [entry('1-0')];
  };
  const { taken } = await open({ delivery: { backlog: stumbling } });
  expect(taken).toEqual(['1-0']);
});

test('once it is over nothing more is taken', async () => {
  const { append, taken, over, reconnect, hear } = await open({ tickMs: 10 });
  hear();
  over.abort();
  append('5-0');
  reconnect();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(taken).toEqual([]);
});

test('stream ids are compared as numbers', () => {
  expect(isAfter('10-0', '9-9')).toBe(true);
  expect(isAfter('10-2', '10-10')).toBe(false);
  expect(isAfter('10-1', '10-1')).toBe(false);
});

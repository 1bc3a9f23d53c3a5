import { RunnelError } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Gap, Listening } from './listening.ts';
import { watchGaps, type GapParts } from './watch-gaps.ts';

const gap: Gap = { since: 1, now: 2, marks: ['1'] };
const soon = { timeout: 5_000, interval: 10 };

/** Each beat finds the next of these. */
function start(beats: (Gap | Error | undefined)[], catchUp: GapParts['catchUp'], isConnected = () => true) {
  const done: string[] = [];
  const beat = vi.fn<Listening['beat']>(async () => {
    const next = beats.shift();
    if (next instanceof Error) throw next;
    return next;
  });
  const listening: Listening = {
    beat,
    close: async ({ since }) => void done.push(`closed ${since}`),
    giveBack: async () => void done.push('given back'),
  };
  const stopping = new AbortController();
  const parts = { listening, isConnected, catchUp, log: createLogger('test', 'silent') };
  const watching = watchGaps(parts, stopping.signal);
  onTestFinished(async () => {
    stopping.abort();
    await watching;
  });
  return { done, beat, stop: () => (stopping.abort(), watching) };
}

test('a gap is closed once it is caught up, and listening goes on meanwhile', async () => {
  const caughtUp = Promise.withResolvers<void>();
  const { done, beat } = start([gap], () => caughtUp.promise);
  await expect.poll(() => beat.mock.calls.length, soon).toBeGreaterThan(1);
  expect(done).toEqual([]);
  caughtUp.resolve();
  await expect.poll(() => done, soon).toEqual(['closed 1']);
});

test('a gap that cannot be caught up is left for later', async () => {
  const catchUp = vi.fn<GapParts['catchUp']>(async () => {
    throw new RunnelError('slack_unavailable', 'away');
  });
  const { done, beat } = start([gap], catchUp);
  await expect.poll(() => beat.mock.calls.length, soon).toBeGreaterThan(1);
  expect(catchUp).toHaveBeenCalledOnce();
  expect(done).toEqual([]);
});

test('a Redis that is away for a moment ends nothing', async () => {
  const { done } = start([new Error('Connection is closed.'), gap], async () => undefined);
  await expect.poll(() => done, soon).toEqual(['closed 1']);
});

test('asked to end, it gives back what it has in hand, whatever that waits for', async () => {
  const began = Promise.withResolvers<void>();
  const { done, stop } = start([gap], () => (began.resolve(), new Promise(() => undefined)));
  await began.promise;
  await stop();
  expect(done).toEqual(['given back']);
});

test('who has no socket does not say that it listens', async () => {
  let isConnected = false;
  let looks = 0;
  const { beat } = start(
    [],
    async () => undefined,
    () => ((looks += 1), isConnected),
  );
  await expect.poll(() => looks, soon).toBeGreaterThan(3);
  expect(beat).not.toHaveBeenCalled();
  isConnected = true;
  await expect.poll(() => beat.mock.calls.length, soon).toBeGreaterThan(0);
});

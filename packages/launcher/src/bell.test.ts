import { expect, test } from 'vitest';
import { Bell } from './bell.ts';

const never = new AbortController().signal;

test('a ring before the wait ends it at once, and only that one', async () => {
  const bell = new Bell();
  bell.ring();
  await bell.wait(60_000, never);
  const begun = performance.now();
  await bell.wait(50, never);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(45);
});

test('a ring and an abort end a wait', async () => {
  const bell = new Bell();
  const rung = bell.wait(60_000, never);
  bell.ring();
  await rung;
  const ended = new AbortController();
  const aborted = bell.wait(60_000, ended.signal);
  ended.abort();
  await aborted;
  await bell.wait(60_000, ended.signal);
});

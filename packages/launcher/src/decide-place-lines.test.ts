import { expect, test } from 'vitest';
import { decidePlaceLines, fullRoom, nextRoom, type PlaceLine, type ToldPlace } from './decide-place-lines.ts';

const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `n${from + index}`);
const seen = (line: readonly string[], rank = 0): Map<string, ToldPlace> =>
  new Map(line.map((name) => [name, { rank, at: 0 }]));
const plenty = { near: 1_000, far: 100_000 };

test('nobody is told a place who was not there at the last look', () => {
  expect(decidePlaceLines({ line: names(1, 3), told: new Map(), room: fullRoom, now: 0 })).toEqual([]);
});

test('the first five see each step, whoever is further back a rank that stays true', () => {
  const line = names(1, 2_001);
  const lines = decidePlaceLines({ line, told: seen(line), room: plenty, now: 0 });
  const said = (place: number): string | undefined => lines[place - 1]?.text.split(': ')[1];
  expect([1, 2, 3, 4, 5].map(said)).toEqual([
    '1st in line',
    '2nd in line',
    '3rd in line',
    '4th in line',
    '5th in line',
  ]);
  expect([6, 10, 11, 20, 21, 1_000, 2_001].map(said)).toEqual([
    'among the first 10 in line',
    'among the first 10 in line',
    'among the first 20 in line',
    'among the first 20 in line',
    'among the first 50 in line',
    'among the first 1,000 in line',
    'among the first 5,000 in line',
  ]);
});

test('the nearest come first, and neither the head nor the rest takes the whole room', () => {
  const line = names(1, 500);
  const lines = decidePlaceLines({ line, told: seen(line), room: { near: 2, far: 3.9 }, now: 0 });
  expect(lines.map(({ name }) => name)).toEqual(['n1', 'n2', 'n6', 'n7', 'n8']);
});

test('what was told is told again only when it has changed, and at the head before Slack takes it away', () => {
  const line = names(1, 12);
  const told = new Map<string, ToldPlace>();
  for (const { name, rank } of decidePlaceLines({ line, told: seen(line), room: plenty, now: 0 })) {
    told.set(name, { rank, at: 0 });
  }
  expect(decidePlaceLines({ line, told, room: plenty, now: 60_000 })).toEqual([]);
  expect(decidePlaceLines({ line, told, room: plenty, now: 75_000 }).map(({ name }) => name)).toEqual(names(1, 5));
  const moved = decidePlaceLines({ line: names(2, 12), told, room: plenty, now: 1_000 });
  // n6 becomes the 5th; n7 to n10 stay among the first 10, n11 gets there.
  expect(moved.map(({ name }) => name)).toEqual(['n2', 'n3', 'n4', 'n5', 'n6', 'n11']);
});

test('five minutes of a line of 5,000 that moves at each look: the calls a minute are bounded', () => {
  let told = new Map<string, ToldPlace>();
  let room = fullRoom;
  const calls: PlaceLine[] = [];
  for (let second = 0; second < 300; second += 1) {
    const line = names(second + 1, second + 5_000);
    const now = second * 1_000;
    room = nextRoom(room, [], 1_000);
    const lines = decidePlaceLines({ line, told, room, now });
    room = nextRoom(room, lines, 0);
    told = new Map(line.map((name) => [name, told.get(name) ?? { rank: 0, at: now }]));
    for (const { name, rank } of lines) told.set(name, { rank, at: now });
    calls.push(...lines);
  }
  expect(calls.length).toBeLessThanOrEqual(5 * 30 + 10);
  expect(calls.length).toBeGreaterThan(5 * 25);
});

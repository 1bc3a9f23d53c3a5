import type { SessionKey } from '@runnel/shared';
import { expect, test } from 'vitest';
import { decideKeptSessions } from './decide-kept-sessions.ts';
import type { SessionRecord } from './session-store.ts';

const DAY = 86_400_000;
const now = 1_000 * DAY;
const rule = { now, isWanted: () => false };

const session = (n: number): SessionKey => `T0:D0:${n}.0`;

function record(daysAgo: number, more: Partial<SessionRecord> = {}): SessionRecord {
  return { provider: 'shell', covered: [], updatedAt: now - daysAgo * DAY, ...more };
}

const covered = [{ identity: 'a', deliveryId: 'b', reply: '', since: '1.0', at: now }];

test('a session that was not touched for ninety days goes', () => {
  const sessions = [
    [session(1), record(89)],
    [session(2), record(91)],
    [session(3), record(0)],
  ] as const;
  expect(decideKeptSessions(sessions, rule).map(([key]) => key)).toEqual([session(1), session(3)]);
});

test('one in which somebody writes right now stays, however old it is', () => {
  const isWanted = (key: SessionKey): boolean => key === session(2);
  expect(decideKeptSessions([[session(2), record(400)]], { ...rule, isWanted })).toHaveLength(1);
});

test('of very many the oldest go, but none that still guards against a redelivery or waits for its person', () => {
  const many = Array.from({ length: 1_002 }, (_, n) => [session(n), record(1 + n / 1_000)] as const);
  const guarding = [session(2_000), record(50, { covered })] as const;
  const waiting = [session(2_001), record(50, { held: { by: 's', triesBefore: 0, prompts: [] } })] as const;
  const prompt = { identity: 'a', ts: '1.0', author: 'U1', text: '', fileNames: [] };
  const ask = { kind: 'permission', title: 'rm', does: 'rm' } as const;
  const asked = [{ id: 'q', ask, prompt, message: '1.1', at: 0, isParked: true }];
  const asking = [session(2_002), record(50, { asked })] as const;
  const kept = decideKeptSessions([guarding, waiting, asking, ...many.toReversed()], rule).map(([key]) => key);
  expect(kept).toHaveLength(1_003);
  expect(kept.slice(0, 3)).toEqual([session(2_000), session(2_001), session(2_002)]);
  expect(kept).not.toContain(session(1_000));
  expect(kept).not.toContain(session(1_001));
});

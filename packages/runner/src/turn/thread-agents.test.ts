import type { SessionKey } from '@runnel/shared';
import { expect, test } from 'vitest';
import { agentRegistry } from '../agent/agent-registry.ts';
import type { Chosen } from '../store/session-store.ts';
import { ThreadAgents } from './thread-agents.ts';

test('what an agent leaves running is known after another one took over; whoever was there forgets, and nobody else is opened', async () => {
  const forgotten: string[] = [];
  let chosen: Chosen = {};
  const screen = {
    name: 'screen',
    staysRunning: true,
    forget: (session: SessionKey) => Promise.resolve(void forgotten.push(session)),
    async *startTurn() {},
  };
  const registry = agentRegistry({
    screen: () => screen,
    other: () => ({ name: 'other', async *startTurn() {} }),
    unused: () => Promise.reject(new Error('nobody asked for it')),
  });
  const session = () => ({ provider: '', covered: [], updatedAt: 0, chosen });
  const agents = new ThreadAgents(registry, { session, chosen: undefined });
  const one: SessionKey = 'T1:D1:1.0';
  const two: SessionKey = 'T1:D1:2.0';
  expect(agents.isQuiet(one)).toBe(true);
  await agents.choose(one, undefined);
  chosen = { agent: 'other' };
  await agents.choose(one, undefined);
  await agents.choose(two, undefined);
  expect(agents.atWork(one)?.name).toBe('other');
  expect([agents.isQuiet(one), agents.isQuiet(two)]).toEqual([false, true]);
  await agents.forget(one);
  await agents.forget(two);
  expect(forgotten).toEqual([one]);
});

// How a turn of OpenCode stands, event by event: what the program itself does too seldom to wait for.
import type { AssistantMessage, Event, UserMessage } from '@opencode-ai/sdk/v2/client';
import { expect, test } from 'vitest';
import { OpencodeEvents } from './opencode-events.ts';

const sessionID = 'ses_1';
const model = { providerID: 'anthropic', modelID: 'claude' };
const tokens = { input: 1, output: 1, reasoning: 0, cache: { read: 0, write: 0 } };

function asked(id: string): Event {
  const info: UserMessage = { id, sessionID, role: 'user', agent: 'build', model, time: { created: 1 } };
  return { id: 'evt', type: 'message.updated', properties: { sessionID, info } };
}

function answered(id: string, parentID: string): Event {
  const about = { mode: 'build', agent: 'build', path: { cwd: '/', root: '/' }, time: { created: 1 }, cost: 0, tokens };
  const info: AssistantMessage = { id, sessionID, parentID, role: 'assistant', ...model, ...about };
  return { id: 'evt', type: 'message.updated', properties: { sessionID, info } };
}

function stepped(id: string, reason: string): Event {
  const part = { id, sessionID, messageID: 'msg_2', type: 'step-finish' as const, reason, cost: 0, tokens };
  return { id: 'evt', type: 'message.part.updated', properties: { sessionID, part, time: 1 } };
}

const idle: Event = { id: 'evt', type: 'session.idle', properties: { sessionID } };

function after(...events: readonly Event[]): OpencodeEvents {
  const heard = new OpencodeEvents(sessionID);
  for (const event of events) heard.tell(event);
  return heard;
}

test('a turn is over when its prompt is answered and nothing comes any more', () => {
  expect(after(asked('msg_1'), answered('msg_2', 'msg_1')).isOver(1)).toBe(false);
  expect(after(asked('msg_1'), answered('msg_2', 'msg_1'), idle).isOver(1)).toBe(true);
});

test('a word that comes with the end of the turn is waited for', () => {
  const heard = after(asked('msg_1'), answered('msg_2', 'msg_1'), idle);
  expect(heard.isOver(2)).toBe(false);
  heard.tell(asked('msg_3'));
  expect(heard.isOver(2)).toBe(false);
  heard.tell(answered('msg_4', 'msg_3'));
  heard.tell(idle);
  expect(heard.isOver(2)).toBe(true);
});

test('a failure ends it without an answer, and the first one counts', () => {
  const failed = (message: string): Event => ({
    id: 'evt',
    type: 'session.error',
    properties: { sessionID, error: { name: 'UnknownError', data: { message } } },
  });
  const heard = after(asked('msg_1'), failed('no such model'), idle, failed('no such model\n    at its own file'));
  expect(heard.isOver(1)).toBe(true);
  expect(heard.failure?.data.message).toBe('no such model');
});

test('answers that break off are counted in a row, and what a tool does begins anew', () => {
  const unfinished = ['a', 'b', 'c'].map((id) => stepped(id, 'unknown'));
  expect(after(...unfinished.slice(1)).isStuck).toBe(false);
  expect(after(...unfinished).isStuck).toBe(true);
  const [first, second, third] = unfinished;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three were made');
  expect(after(first, second, stepped('d', 'tool-calls'), third).isStuck).toBe(false);
});

test('what another session says and asks is not this turn', () => {
  const heard = new OpencodeEvents('ses_of_a_helper');
  expect([asked('msg_1'), answered('msg_2', 'msg_1'), idle].flatMap((event) => heard.tell(event))).toEqual([]);
  expect(heard.isIdle).toBe(false);
});

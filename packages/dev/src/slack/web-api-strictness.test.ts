import { describe, expect, it } from 'vitest';
import { catchPrinted, openStandIn, refusal, webClient } from './testing/slack-app.ts';

describe('strictness', () => {
  it.for([
    ['an unknown argument', 'chat.postMessage', { channel: 'D0ADA', text: 'x', thread: '1' }, 'thread'],
    ['a missing argument', 'chat.postMessage', { text: 'x' }, 'channel'],
    ['a wrong type', 'conversations.replies', { channel: 'D0ADA', ts: '1', limit: 'many' }, 'limit'],
    [
      'a word that is none of the words',
      'agents.sessions.setStatus',
      { channel_id: 'D0ADA', status: 'thinking' },
      'status',
    ],
    [
      'a list that is too long',
      'assistant.threads.setStatus',
      { channel_id: 'D0ADA', thread_ts: '1', status: 'x', loading_messages: Array.from({ length: 11 }, () => 'x') },
      'loading_messages',
    ],
    [
      'an id of another kind',
      'assistant.threads.setStatus',
      { channel_id: 'U0ADA', thread_ts: '1', status: 'x' },
      'channel_id',
    ],
    [
      'more prompts than four',
      'assistant.threads.setSuggestedPrompts',
      { channel_id: 'D0ADA', prompts: Array.from({ length: 5 }, () => ({ title: 'x', message: 'x' })) },
      'prompts',
    ],
    [
      'a title that only prose limits',
      'agents.sessions.rename',
      { channel_id: 'D0ADA', thread_ts: '1', title: 'x'.repeat(201) },
      'title',
    ],
    ['a method that the stand-in lacks', 'chat.meMessage', { channel: 'D0ADA', text: 'x' }, 'no such method'],
  ] as const)('refuses %s, and is loud about it', async ([, method, args, named]) => {
    const printed = catchPrinted();
    const standIn = await openStandIn();
    const changes: string[] = [];
    standIn.workspace.on('change', ({ type }) => changes.push(type));
    const error = await refusal(webClient(standIn).apiCall(method, args));
    expect(['invalid_arguments', 'unknown_method']).toContain(error);
    expect(standIn.violations()).toMatchObject([{ kind: 'arguments', subject: method }]);
    expect(JSON.stringify(standIn.violations()[0]?.faults)).toContain(named);
    expect(changes).toEqual(['violation']);
    expect(printed()).toContain(method);
  });

  it('knows its two tokens from each other and from others', async () => {
    const standIn = await openStandIn();
    expect(await refusal(webClient(standIn, 'xoxb-wrong').auth.test())).toBe('invalid_auth');
    expect(await refusal(webClient(standIn, '').auth.test())).toBe('not_authed');
    expect(await refusal(webClient(standIn).apps.connections.open({}))).toBe('not_allowed_token_type');
    expect(standIn.violations()).toEqual([]);
  });
});

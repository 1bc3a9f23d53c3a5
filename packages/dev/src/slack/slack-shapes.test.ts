import { describe, expect, it } from 'vitest';
import { SlackShapes } from './slack-shapes.ts';

describe('an answer', () => {
  const shapes = new SlackShapes();
  const message = { type: 'message', text: 'x', ts: '1700000000.000100' };

  it.for([
    ['as described', 'chat.postMessage', { ok: true, channel: 'C0TEAM', ts: '1700000000.000100', message }, []],
    [
      'with a key that nobody knows',
      'chat.postMessage',
      { ok: true, channel: 'C0TEAM', ts: '1700000000.000100', extra: 1 },
      ['/extra'],
    ],
    ['without what is required', 'chat.postMessage', { ok: true, channel: 'C0TEAM' }, ["'ts'"]],
    [
      'with a name that is malformed',
      'chat.postMessage',
      { ok: true, channel: 'general', ts: '1700000000.000100' },
      ['/channel'],
    ],
    [
      'with another type than in an example',
      'agents.sessions.setStatus',
      { ok: true, status: 'active', title: 3 },
      ['/title is number'],
    ],
    [
      'with another type further down',
      'users.info',
      { ok: true, user: { id: 'U0ADA', team_id: 'T0LOCAL', name: 'ada', profile: { real_name: 1 } } },
      ['/user/profile/real_name is number'],
    ],
    ['with an error of the method', 'reactions.add', { ok: false, error: 'already_reacted' }, []],
    [
      'with an error of another method',
      'reactions.add',
      { ok: false, error: 'no_reaction' },
      ['no_reaction is not an error'],
    ],
  ] as const)('%s', ([, method, answer, faults]) => {
    const found = shapes.checkAnswer(method, answer);
    expect(found).toHaveLength(faults.length);
    for (const fault of faults) expect(found.join('; ')).toContain(fault);
  });
});

describe('an event', () => {
  const shapes = new SlackShapes();

  it('is one that Slack has', () => {
    expect(shapes.checkEvent({ type: 'message', channel_type: 'im' })).toEqual([]);
    expect(shapes.checkEvent({ type: 'message', channel_type: 'channel', subtype: 'message_changed' })).toEqual([]);
    expect(shapes.checkEvent({ type: 'agent_session_stopped' })).toEqual([]);
    expect(shapes.checkEvent({ type: 'session_stopped' })).toEqual(['no event session_stopped']);
    expect(shapes.checkEvent({ type: 'message', channel_type: 'im', subtype: 'message_edited' })).toEqual([
      'no subtype message_edited',
    ]);
    // Known, but only on a way that Slack has closed.
    expect(shapes.checkEvent({ type: 'user_typing' })).toEqual(['no event user_typing']);
  });
});

import { expect, test } from 'vitest';
import {
  appMention,
  blockActions,
  BOT,
  channelMessage,
  edited,
  eventCallback,
  fromApp,
  messageChanged,
  messageDeleted,
  plainMessage,
  sessionStopped,
  slashCommand,
} from '../testing/slack-payloads.ts';
import type { IncomingSlackEvent, SlackMessage } from './incoming-slack-event.ts';
import { readSlackEvent } from './read-slack-event.ts';

const TS = '1766458026.240809';

function read(event: Record<string, unknown>, outer: Record<string, unknown> = {}): IncomingSlackEvent {
  return readSlackEvent(eventCallback(event, outer), BOT);
}

function readMessage(event: Record<string, unknown>, outer: Record<string, unknown> = {}): SlackMessage {
  const message = read(event, outer);
  if (message.kind !== 'message') throw new Error(`not a message: ${JSON.stringify(message)}`);
  return message;
}

function reasonFor(event: Record<string, unknown>): string {
  const incoming = read(event);
  return incoming.kind === 'ignored' ? incoming.reason : incoming.kind;
}

test('a direct message is read with who, where and what', () => {
  expect(read(plainMessage())).toEqual({
    kind: 'message',
    team: 'T0LOCAL',
    author: 'U0ADA',
    authorTeam: 'T0LOCAL',
    thread: { channel: 'D0ADA', threadTs: TS },
    isDirect: true,
    isShared: false,
    identity: `T0LOCAL:D0ADA:${TS}`,
    ts: TS,
    text: 'echo hello',
    files: [],
    isReply: false,
    mentionsBot: false,
    isAside: false,
    isStop: false,
  });
});

test('the two events about one mention read the same', () => {
  const mention = readMessage(appMention());
  const message = readMessage(channelMessage({ text: `<@${BOT}> echo hello` }));
  expect(mention).toEqual(message);
  expect(mention).toMatchObject({ mentionsBot: true, text: 'echo hello', isDirect: false });
});

test('only the mention at the start is taken off', () => {
  const text = (raw: string): string => readMessage(channelMessage({ text: raw })).text;
  expect(text(` <@${BOT}>: ls`)).toBe('ls');
  expect(text(`<@${BOT}|runnel> <@${BOT}>, ls`)).toBe('ls');
  expect(text(`ls for <@${BOT}>`)).toBe(`ls for <@${BOT}>`);
  expect(text('a &lt; b &amp;&amp; <@U0BEN>')).toBe('a &lt; b &amp;&amp; <@U0BEN>');
});

test('a reply belongs to the thread of its root', () => {
  const reply = readMessage(channelMessage({ ts: '1766458031.859009', thread_ts: TS }));
  expect(reply).toMatchObject({ isReply: true, thread: { channel: 'C0GENERAL', threadTs: TS } });
  // A root with replies names itself.
  expect(readMessage(channelMessage({ ts: TS, thread_ts: TS })).isReply).toBe(false);
});

test('files come with what they are fetched by, as far as Slack says it', () => {
  const url = 'https://files.slack.com/files-pri/T0LOCAL-F1/a.txt';
  const file = { id: 'F1', name: 'a.txt', mimetype: 'text/plain', size: 3, url_private: url, mode: 'hosted' };
  const odd = { id: '../F3', name: 'c', mimetype: 7, size: -1, url_private: `https://${'x'.repeat(1_000)}` };
  const files = [file, { id: 'F2', file_access: 'check_file_info' }, odd];
  const shared = readMessage(plainMessage({ subtype: 'file_share', text: '', files }));
  expect(shared.text).toBe('');
  expect(shared.files).toEqual([
    { id: 'F1', name: 'a.txt', mimetype: 'text/plain', size: 3, url },
    { id: 'F2', name: 'file' },
    { name: 'c' },
  ]);
});

test('files make a message only so large', () => {
  const file = { id: 'F1', name: 'x'.repeat(10_000), mimetype: 'y'.repeat(255), url_private: 'z'.repeat(1_001) };
  const { files } = readMessage(
    plainMessage({ subtype: 'file_share', files: Array.from({ length: 1_000 }, () => file) }),
  );
  expect(files).toHaveLength(20);
  expect(JSON.stringify(files).length).toBeLessThan(20_000);
});

test('a broadcast is a message', () => {
  expect(reasonFor(channelMessage({ subtype: 'thread_broadcast', thread_ts: TS, ts: '1766458031.859009' }))).toBe(
    'message',
  );
});

test.each(['stop', '!stop', ' Stop ', `<@${BOT}> stop`])('%j asks to stop', (text) => {
  expect(readMessage(channelMessage({ text })).isStop).toBe(true);
});

test.each(['stop it', 'please stop', '!stopp', `stop <@${BOT}>`])('%j does not ask to stop', (text) => {
  expect(readMessage(channelMessage({ text })).isStop).toBe(false);
});

test.each([
  ['<@U0BEN> what do you think?', true],
  ['aside: lunch?', true],
  ['Aside lunch?', true],
  ['asides are fine', false],
  [`<@${BOT}> aside from that, go on`, false],
  ['ask <@U0BEN>', false],
])('%j is an aside: %j', (text, isAside) => {
  expect(readMessage(channelMessage({ text })).isAside).toBe(isAside);
});

test('bots, ourselves and Slack itself are not read', () => {
  expect(reasonFor(fromApp(channelMessage()))).toBe('from_bot');
  expect(reasonFor(channelMessage({ user: BOT }))).toBe('from_bot');
  expect(reasonFor(channelMessage({ subtype: 'bot_message', user: undefined, bot_id: 'B1' }))).toBe('from_bot');
  expect(reasonFor(plainMessage({ user: 'USLACK' }))).toBe('from_bot');
  expect(reasonFor(appMention({ bot_id: 'B0OTHER', user: 'U0OTHER' }))).toBe('from_bot');
});

test.each(['channel_join', 'channel_topic', 'reminder_add'])('the subtype %s is Slack talking', (subtype) => {
  expect(reasonFor(channelMessage({ subtype }))).toBe('other_subtype');
});

test('an edit by its author is an edit under its own identity', () => {
  expect(read(edited(plainMessage(), 'echo bye'))).toMatchObject({
    kind: 'edit',
    identity: 'Ev0A4QA0FC8P',
    message: { identity: `T0LOCAL:D0ADA:${TS}`, text: 'echo bye', author: 'U0ADA' },
  });
});

test('unfurls, changes without a new text and edits by bots are no edits', () => {
  const before = plainMessage({ text: '<https://example.com>' });
  const unfurled = { ...before, attachments: [{ id: 1, title: 'Example' }] };
  expect(reasonFor(messageChanged(unfurled, before))).toBe('no_change');
  expect(reasonFor(edited(before, '<https://example.com>'))).toBe('no_change');
  expect(reasonFor(messageChanged({ ...before, text: 'other', edited: { user: 'B0OTHER' } }, before))).toBe(
    'no_change',
  );
  expect(reasonFor(edited(fromApp(before), 'other'))).toBe('from_bot');
});

test('a deleted message names what was deleted, as a tombstone too', () => {
  const message = channelMessage({ thread_ts: '1766458000.000100' });
  const expected = {
    kind: 'delete',
    identity: 'Ev0A4QA0FC8P',
    target: `T0LOCAL:C0GENERAL:${TS}`,
    author: 'U0ADA',
    thread: { channel: 'C0GENERAL', threadTs: '1766458000.000100' },
  };
  expect(read(messageDeleted(message))).toMatchObject(expected);
  const root = channelMessage({ thread_ts: TS });
  const tombstone = {
    ...root,
    subtype: 'tombstone',
    user: 'USLACKBOT',
    text: 'This message was deleted.',
    hidden: true,
  };
  expect(read(messageChanged(tombstone, root))).toMatchObject({
    kind: 'delete',
    target: `T0LOCAL:C0GENERAL:${TS}`,
    author: 'U0ADA',
  });
  expect(reasonFor(messageDeleted(fromApp(message)))).toBe('from_bot');
});

test('the native Stop and our button are stops of their thread', () => {
  const stop = { kind: 'stop', author: 'U0ADA', team: 'T0LOCAL' };
  expect(read(sessionStopped())).toMatchObject({
    ...stop,
    identity: 'Ev0A4QA0FC8P',
    thread: { channel: 'D0ADA', threadTs: TS },
    isDirect: true,
  });
  expect(readSlackEvent(blockActions('stop'), BOT)).toMatchObject({
    ...stop,
    identity: 'stop:1766458030.632339:1766458040.123456',
    thread: { channel: 'C0GENERAL', threadTs: TS },
  });
  expect(readSlackEvent(blockActions('details'), BOT)).toEqual({ kind: 'ignored', reason: 'other_action' });
});

test('a press on a button of ours brings along what it was pressed about, and where', () => {
  expect(readSlackEvent(blockActions('run_now'), BOT)).toMatchObject({
    kind: 'press',
    action: 'run_now',
    value: 'x',
    message: '1766458030.632339',
    author: 'U0ADA',
    identity: 'run_now:1766458030.632339:1766458040.123456',
    thread: { channel: 'C0GENERAL', threadTs: TS },
  });
  const withoutValue = blockActions('run_now', { actions: [{ action_id: 'run_now', action_ts: TS }] });
  expect(readSlackEvent(withoutValue, BOT)).toEqual({ kind: 'ignored', reason: 'other_action' });
});

test('what is written into a line of ours is about what its block is named after', () => {
  const written = (value: unknown, block_id: unknown = 'q1') =>
    readSlackEvent(
      blockActions('answer', {
        actions: [{ type: 'plain_text_input', action_id: 'answer', block_id, value, action_ts: TS }],
      }),
      BOT,
    );
  expect(written(' a < b ')).toMatchObject({
    kind: 'press',
    action: 'answer',
    value: 'q1',
    text: 'a < b',
    identity: `answer:1766458030.632339:${TS}`,
  });
  expect(written('x'.repeat(40_000))).toMatchObject({ kind: 'press' });
  for (const nothing of [written(null), written(' \t'), written('main', null)]) {
    expect(nothing).toEqual({ kind: 'ignored', reason: 'other_action' });
  }
});

test('a slash command is known by its trigger, however often it comes', () => {
  expect(readSlackEvent(slashCommand(' !Stop '), BOT)).toMatchObject({
    kind: 'command',
    identity: 'command:13345224609.738474920.8088930838d88f008e0',
    thread: { channel: 'C0GENERAL' },
    text: '!Stop',
    isStop: true,
  });
  expect(readSlackEvent(slashCommand('stop the clock'), BOT)).toMatchObject({ isStop: false });
  expect(readSlackEvent(slashCommand('help', { trigger_id: undefined }), BOT)).toMatchObject({ kind: 'ignored' });
});

test('shared channels and guests of them are told apart', () => {
  const guest = readMessage(channelMessage({ team: 'T0OTHER', user_team: 'T0OTHER' }), { is_ext_shared_channel: true });
  expect(guest).toMatchObject({ isShared: true, team: 'T0LOCAL', authorTeam: 'T0OTHER' });
});

test.each([
  [eventCallback({ type: 'reaction_added', user: 'U0ADA' }), 'other_event'],
  [{ type: 'app_rate_limited', team_id: 'T0LOCAL', minute_rate_limited: 1_518_467_820 }, 'other_payload'],
  [{ type: 'view_submission' }, 'other_payload'],
  [{ command: '/runnel' }, 'unreadable'],
  [eventCallback({ type: 'message', channel: 'C0GENERAL' }), 'unreadable'],
  [eventCallback(plainMessage({ channel: '../../etc' })), 'unreadable'],
  [eventCallback(plainMessage({ channel: `C${'0'.repeat(400)}` })), 'unreadable'],
  [eventCallback(plainMessage({ ts: `${'9'.repeat(400)}.1` })), 'unreadable'],
  // Two of them would be one and the same entry.
  [eventCallback(sessionStopped(), { event_id: '' }), 'unreadable'],
  [undefined, 'unreadable'],
  ['text', 'unreadable'],
])('what is nothing for us is ignored (%#)', (body, reason) => {
  expect(readSlackEvent(body, BOT)).toEqual({ kind: 'ignored', reason });
});

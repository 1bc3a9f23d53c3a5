import { attachedFileSchema, isUserKey } from '@runnel/shared';
import { hostileText, mutated, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import {
  appMention,
  blockActions,
  BOT,
  channelMessage,
  edited,
  eventCallback,
  messageDeleted,
  plainMessage,
  sessionStopped,
  slashCommand,
} from '../testing/slack-payloads.ts';
import { originOf } from './incoming-slack-event.ts';
import { readSlackEvent } from './read-slack-event.ts';

const text = fc.oneof(hostileText, fc.constantFrom('stop', `<@${BOT}> hi`, `<@${BOT}|`.repeat(20), 'aside: no'));
const file = { id: 'F1', name: 'a.txt', mimetype: 'text/plain', size: 3, url_private: 'https://files.slack.com/a' };
const message = text.chain((said) =>
  fc.constantFrom(
    plainMessage({ text: said }),
    channelMessage({ text: said }),
    appMention({ text: said }),
    plainMessage({ text: said, subtype: 'file_share', files: [file, { id: 'F2', file_access: 'check_file_info' }] }),
  ),
);
const payload = fc.oneof(
  message.map((one) => eventCallback(one)),
  fc.tuple(message, text).map(([one, to]) => eventCallback(edited(one, to))),
  message.map((one) => eventCallback(messageDeleted(one))),
  fc.constant(eventCallback(sessionStopped())),
  fc.constant(blockActions('stop')),
  text.map((said) => slashCommand(said)),
);

testProperty(
  'whatever Slack sends is ignored, or a request whose ids are ids',
  { of: mutated(payload), runs: 500 },
  (body) => {
    const event = readSlackEvent(body, BOT);
    if (event.kind === 'ignored') return;
    const { team, author, thread } = event.kind === 'command' ? event : originOf(event);
    expect(isUserKey(`${team}:${author}`)).toBe(true);
    expect(thread.channel).toMatch(/^[A-Z0-9]+$/);
    // It ends up in a key, and in every line of the log.
    expect(event.identity).toMatch(/^[\w:.-]{1,200}$/);
    if (event.kind === 'command') return expect(event.text.length).toBeLessThanOrEqual(40_000);
    if (!('threadTs' in thread)) throw new Error('a thread without a beginning');
    expect(thread.threadTs).toMatch(/^\d+\.\d+$/);
    const files = event.kind === 'message' ? event.files : [];
    expect(attachedFileSchema.array().safeParse(files).success, 'a runner can read what ingress appends').toBe(true);
  },
);

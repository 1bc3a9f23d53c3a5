import { mutated, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { takeSlackEnvelope } from './take-slack-envelope.ts';
import { memoryPorts } from './testing/memory-ports.ts';
import {
  appMention,
  blockActions,
  BOT,
  edited,
  eventCallback,
  messageDeleted,
  plainMessage,
  sessionStopped,
  slashCommand,
} from './testing/slack-payloads.ts';

const payload = fc.constantFrom(
  eventCallback(plainMessage()),
  eventCallback(appMention()),
  eventCallback(edited(plainMessage(), 'echo bye')),
  eventCallback(messageDeleted(plainMessage())),
  eventCallback(sessionStopped()),
  blockActions('stop'),
  slashCommand('status'),
  slashCommand('do it'),
);
const rules = {
  botUser: BOT,
  allowed: { teams: [], users: [], channels: [] },
  seenMs: 3_600_000,
  maxBacklog: 100,
  callTimeoutMs: 1_000,
};
const delivery = fc.record({
  type: fc.constantFrom('events_api', 'interactive', 'slash_commands', ''),
  body: mutated(payload),
  /** How Redis fails: before it appended, after it, or not at all. */
  fault: fc.constantFrom('before', 'after', 'none', 'none', 'none'),
});

testProperty(
  'an envelope is acknowledged once it is taken, and one that was not for sure in an inbox never is',
  { of: fc.array(delivery, { maxLength: 6 }), runs: 80 },
  async (deliveries) => {
    const ports = memoryPorts();
    let fault = 'none';
    const { inbox } = ports;
    const enqueue: typeof inbox.enqueue = async (request) => {
      if (fault === 'before') throw new Error('Redis is away');
      const answer = await inbox.enqueue(request);
      if (fault === 'after') throw new Error('no replica confirmed it');
      return answer;
    };
    const backlog: typeof inbox.backlog = (user) => inbox.backlog(user);
    const failing = {
      enqueue,
      backlog,
      seen: inbox.seen.bind(inbox),
      reopen: inbox.reopen.bind(inbox),
      lease: inbox.lease.bind(inbox),
      keepAwake: inbox.keepAwake.bind(inbox),
      keptAwakeMs: inbox.keptAwakeMs.bind(inbox),
    };
    const take = takeSlackEnvelope({ ...ports, inbox: failing }, rules);
    for (const { type, body, fault: next } of deliveries) {
      fault = next;
      let acknowledgements = 0;
      const envelope = { type, body, retry: 0, acknowledge: async () => void (acknowledgements += 1) };
      const taken = await take(envelope).then(
        () => true,
        () => false,
      );
      expect(acknowledgements).toBe(taken ? 1 : 0);
      if (fault === 'none') expect(taken).toBe(true);
    }
  },
);

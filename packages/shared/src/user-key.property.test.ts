import fc from 'fast-check';
import { expect } from 'vitest';
import { sessionKey, threadOf } from './session.ts';
import { testProperty } from './testing/check-property.ts';
import { hostileText } from './testing/hostile-values.ts';
import { isUserKey, runnerName, splitUserKey } from './user-key.ts';

const id = fc.stringMatching(/^[A-Z0-9]{1,20}$/);
const nearlyKey = fc.oneof(
  fc.array(fc.oneof(id, hostileText), { maxLength: 3 }).map((parts) => parts.join(':')),
  fc.tuple(id, fc.constant(':'), id, hostileText).map((parts) => parts.join('')),
);

testProperty('a user key is two ids and nothing else, and names one runner', { of: nearlyKey, runs: 300 }, (text) => {
  if (isUserKey(text)) {
    const { team, user } = splitUserKey(text);
    expect(`${team}:${user}`).toBe(text);
    // Nothing that ends a hash tag, a folder or a line.
    expect(text).not.toMatch(/[^A-Z0-9:]/);
    expect(runnerName(text)).toMatch(/^runner-[0-9a-f]{20}$/);
  } else {
    expect(/^[A-Z0-9]+:[A-Z0-9]+$/.test(text) && !text.includes('\n')).toBe(false);
  }
});

testProperty(
  'a session key gives its thread back',
  { of: fc.record({ team: id, channel: id, threadTs: fc.stringMatching(/^\d{1,12}\.\d{1,6}$/) }) },
  ({ team, ...thread }) => {
    expect(threadOf(sessionKey(team, thread))).toEqual(thread);
  },
);

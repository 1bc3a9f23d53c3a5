import { expect } from 'vitest';
import { decodePayload, encodePayload } from './entry.ts';
import { anyPayload } from './testing/any-payload.ts';
import { testProperty } from './testing/check-property.ts';
import { hostileJsonText } from './testing/hostile-values.ts';

testProperty('a payload comes back as it was written', { of: anyPayload, runs: 300 }, (payload) => {
  expect(decodePayload(encodePayload(payload))).toEqual(payload);
});

testProperty(
  'whatever stands in an inbox is an entry that can be written again, or unreadable with its text kept',
  { of: hostileJsonText(anyPayload), runs: 300 },
  (raw) => {
    const payload = decodePayload(raw);
    if (payload.type === 'unreadable') {
      expect(payload).toEqual({ type: 'unreadable', raw });
    } else {
      expect(payload.session).toMatch(/^[A-Z0-9]+:[A-Z0-9]+:\d+\.\d+$/);
      expect(decodePayload(encodePayload(payload))).toEqual(payload);
    }
    expect({}).not.toHaveProperty('polluted');
  },
);

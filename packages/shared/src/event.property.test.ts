import fc from 'fast-check';
import { expect } from 'vitest';
import { decodeEnvelope, type Envelope } from './event.ts';
import { testProperty } from './testing/check-property.ts';
import { hostileJsonText, hostileText } from './testing/hostile-values.ts';

const envelope = fc.record(
  {
    v: fc.constant(1 as const),
    id: hostileText,
    type: fc.constantFrom<Envelope['type'][]>('runner.started', 'agent.text', 'turn.finished'),
    at: fc.nat(),
    userKey: fc.constant<Envelope['userKey']>('T0:U0'),
    session: fc.constant<NonNullable<Envelope['session']>>('T0:D0:1.0'),
    turn: hostileText,
    seq: fc.nat(),
    data: fc.dictionary(
      hostileText.filter((key) => key !== '__proto__'),
      fc.jsonValue({ maxDepth: 2 }),
      { maxKeys: 4 },
    ),
  },
  { requiredKeys: ['v', 'id', 'type', 'at', 'userKey', 'seq', 'data'] },
);

testProperty('an envelope comes back as it was sent', { of: envelope, runs: 200 }, (sent) => {
  const raw = JSON.stringify(sent);
  expect(decodeEnvelope(raw)).toEqual(JSON.parse(raw));
});

testProperty(
  'whatever stands in the stream of events is an envelope or is passed over',
  { of: hostileJsonText(envelope), runs: 300 },
  (raw) => {
    const got = decodeEnvelope(raw);
    if (got !== undefined) expect(decodeEnvelope(JSON.stringify(got))).toEqual(got);
    expect({}).not.toHaveProperty('polluted');
  },
);

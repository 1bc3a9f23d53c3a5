// Every payload that an inbox may hold.
import fc from 'fast-check';
import type { EntryPayload } from '../entry.ts';
import type { SessionKey } from '../session.ts';
import { hostileText } from './hostile-values.ts';

const common = {
  v: fc.constant(1 as const),
  session: fc.constantFrom<SessionKey>(
    'T0LOCAL:D0BEN:1.0',
    'T0LOCAL:C0TEAM:1700000000.000100',
    'T0LOCAL:D0ADA:1766458026.240809',
  ),
  author: fc.constantFrom('U1', 'U0ADA'),
  at: fc.nat({ max: 2_000_000_000_000 }),
};
const ts = fc.constantFrom('1.0', '1700000000.000100', '1766458026.240809');
const target = ts.map((message) => `T0LOCAL:D0ADA:${message}`);

const detail = fc.option(hostileText, { nil: undefined });
const file = fc.record({
  name: hostileText,
  id: detail,
  mimetype: detail,
  size: fc.option(fc.nat(), { nil: undefined }),
  url: detail,
});

export const anyPayload: fc.Arbitrary<EntryPayload> = fc.oneof(
  fc.record({
    ...common,
    type: fc.constant('prompt' as const),
    ts,
    text: hostileText,
    fileNames: fc.array(hostileText, { maxLength: 2 }),
    files: fc.option(fc.array(file, { maxLength: 2 }), { nil: undefined }),
  }),
  fc.record({ ...common, type: fc.constant('stop' as const) }),
  fc.record({ ...common, type: fc.constant('run_kept' as const), agent: hostileText }),
  fc.record({ ...common, type: fc.constant('edit' as const), target, text: hostileText }),
  fc.record({ ...common, type: fc.constant('delete' as const), target }),
  fc.record({
    ...common,
    type: fc.constantFrom('run_now', 'discard', 'open_pull_request', 'show_diff'),
    target,
    message: ts,
  }),
  fc.record({
    ...common,
    type: fc.constant('decision' as const),
    target,
    message: ts,
    chosen: fc.oneof(
      fc.constantFrom('allow' as const, 'always' as const, 'deny' as const),
      fc.nat({ max: 100 }),
      fc.record({ text: hostileText }),
    ),
  }),
);

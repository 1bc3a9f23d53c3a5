import { hostileText, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { ShellOutput } from './shell-output.ts';
import { replyToCommand } from './shell-reply.ts';

const piece = fc.oneof(
  fc.constantFrom('```', '````\n', '~~~\n', '\n', '€', '\u001b[1m', '`', '\0', 'word '),
  hostileText.map((text) => text.slice(0, 100)),
);
const result = fc.record({
  pieces: fc.array(piece, { maxLength: 20 }),
  limit: fc.constantFrom(3, 10, 1_000),
  end: fc.record({
    code: fc.constantFrom(0, 1, 127, 137, 255, 999, null),
    signal: fc.constantFrom<(NodeJS.Signals | null)[]>(null, 'SIGKILL'),
  }),
  tookMs: fc.constantFrom(0, 999, 61_000),
  canceled: fc.boolean(),
});

testProperty(
  'whatever a command wrote, its answer says something and is one block that nothing in it ends',
  { of: result, runs: 400 },
  ({ pieces, limit, ...about }) => {
    const output = new ShellOutput(limit);
    for (const text of pieces) output.add(Buffer.from(text));
    const reply = replyToCommand({ ...about, output: output.keep(), notices: [] });
    const [, marks = '', inside = ''] = /^(`{3,})\n([^]*)\n\1(\n\n[^`]*(`[^`]*`[^`]*)?)?$/.exec(reply) ?? [];
    if (marks === '') expect(reply).toMatch(/^(Binary output|Done|Took|exit code|killed by|It ran|$)/);
    else expect(inside).not.toContain(marks);
    if (!about.canceled) expect(reply).not.toBe('');
    expect(reply.isWellFormed()).toBe(true);
  },
);

import { expect, test } from 'vitest';
import { parseSegments } from './markdown-segment.ts';
import { shapeMessage } from './shape-message.ts';

test('code goes into rich text exactly as it is, prose into markdown', () => {
  const { text, blocks } = shapeMessage({
    chunk: [
      { kind: 'prose', text: 'Look: <!here>\n' },
      { kind: 'code', language: 'ts', text: 'a < b && <!channel> &lt;' },
    ],
  });
  expect(blocks).toEqual([
    { type: 'markdown', text: 'Look: &lt;!here>' },
    {
      type: 'rich_text',
      elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'a < b && <!channel> &lt;' }] }],
    },
  ]);
  expect(text).toBe('Look: &lt;!here&gt;\n```\na &lt; b &amp;&amp; &lt;!channel&gt; &amp;lt;\n```');
});

test('code of a language in which nothing can be mistaken is coloured', () => {
  const { blocks } = shapeMessage({ chunk: [{ kind: 'code', language: 'ts', text: 'let a = 1;' }] });
  expect(blocks).toEqual([{ type: 'markdown', text: '```ts\nlet a = 1;\n```' }]);
});

test.each([
  ['prose', [{ kind: 'prose', text: 'done' }], '<@U0ADA> done'],
  ['a heading', [{ kind: 'prose', text: '# Done' }], '<@U0ADA>\n\n# Done'],
  ['code', [{ kind: 'code', language: '', text: 'a' }], '<@U0ADA>'],
  ['coloured code', [{ kind: 'code', language: 'ts', text: 'a' }], '<@U0ADA>'],
] as const)('a mention stands in front of %s', (_, chunk, first) => {
  const { text, blocks } = shapeMessage({ chunk, mention: 'U0ADA' });
  expect(blocks[0]).toEqual({ type: 'markdown', text: first });
  expect(text).toMatch(/^<@U0ADA> /);
});

test('a sentence that names whom it mentions says it there, and of nobody else', () => {
  const chunk = [{ kind: 'prose', text: 'Stopped by <@U0ADA>, not <@U0BEN>' }] as const;
  const { text, blocks } = shapeMessage({ chunk, mention: 'U0ADA' });
  expect(text).toBe('Stopped by <@U0ADA>, not &lt;@U0BEN&gt;');
  expect(blocks).toEqual([{ type: 'markdown', text: 'Stopped by <@U0ADA>, not &lt;@U0BEN>' }]);
});

test('what is no user id is not mentioned', () => {
  expect(JSON.stringify(shapeMessage({ chunk: [{ kind: 'prose', text: 'a' }], mention: '!channel' }))).not.toContain(
    '<',
  );
});

test('where people may be named, they are, and everything else is defused', () => {
  const chunk = [{ kind: 'prose', text: 'ask <@U0BEN>, not <!here> & <@x>' }] as const;
  const { text, blocks } = shapeMessage({ chunk, namesPeople: true });
  expect(text).toBe('ask <@U0BEN>, not &lt;!here&gt; &amp; &lt;@x&gt;');
  expect(blocks).toEqual([{ type: 'markdown', text: 'ask <@U0BEN>, not &lt;!here> & &lt;@x>' }]);
});

test('buttons bring along what they are about, the first one stands out', () => {
  const { blocks } = shapeMessage({
    chunk: [],
    buttons: [
      { action: 'run_now', value: 's1' },
      { action: 'discard', value: 's1' },
    ],
  });
  expect(blocks.at(-1)).toMatchObject({
    type: 'actions',
    elements: [
      { action_id: 'run_now', value: 's1', text: { text: 'Run now' }, style: 'primary' },
      { action_id: 'discard', value: 's1', text: { text: 'Discard' } },
    ],
  });
});

test('buttons that ask for the same are told apart, many stand in rows, and labels fit', () => {
  const labels = ['a', ' ', `${'x'.repeat(74)}\u{1F600}`, ...Array.from({ length: 24 }, (_, n) => `${n}\nb`)];
  const { blocks } = shapeMessage({
    chunk: [],
    buttons: labels.map((label, place) => ({ action: 'choose', value: `q ${place}`, label })),
  });
  const rows = blocks.filter((block) => block.type === 'actions') as { elements: unknown[] }[];
  expect(rows.map(({ elements }) => elements.length)).toEqual([25, 2]);
  expect(rows[0]?.elements.slice(0, 4)).toMatchObject([
    { action_id: 'choose.0', value: 'q 0', text: { text: 'a' } },
    { action_id: 'choose.1', text: { text: 'Choose' } },
    { action_id: 'choose.2', text: { text: `${'x'.repeat(74)}…` } },
    { action_id: 'choose.3', text: { text: '0 b' } },
  ]);
});

test('a line to write in is told of with Enter, by the name of its block, and stands above the buttons', () => {
  const { blocks } = shapeMessage({
    chunk: [],
    buttons: [
      { action: 'answer', value: 'q1' },
      { action: 'deny', value: 'q1', label: 'Skip' },
    ],
  });
  const skip = { type: 'button', action_id: 'deny', value: 'q1', text: { type: 'plain_text', text: 'Skip' } };
  expect(blocks.slice(1)).toEqual([
    {
      type: 'input',
      block_id: 'q1',
      dispatch_action: true,
      label: { type: 'plain_text', text: 'Your answer' },
      element: {
        type: 'plain_text_input',
        action_id: 'answer',
        dispatch_action_config: { trigger_actions_on: ['on_enter_pressed'] },
      },
    },
    { type: 'actions', elements: [skip] },
  ]);
});

test('the Stop button stands for its thread', () => {
  const { blocks } = shapeMessage({ chunk: [], stop: { channel: 'C1', threadTs: '1.2' } });
  expect(blocks.at(-1)).toMatchObject({ type: 'actions', elements: [{ action_id: 'stop', value: 'C1:1.2' }] });
});

test('the language of a fence pings nobody', () => {
  for (const word of ['<!channel>', '@here', '<@U0BEN>']) {
    const { blocks } = shapeMessage({ chunk: parseSegments(`\`\`\`${word}\nlet a = 1;\n\`\`\``) });
    expect(JSON.stringify(blocks)).not.toContain(word);
  }
});

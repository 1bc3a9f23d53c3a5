// What Slack accepts as blocks. Source: docs.slack.dev/reference/block-kit (blocks, block elements, composition objects);
// the list of kinds is that of @slack/types.
import type { KnownBlock } from '@slack/types';
import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';

const plain = (maxLength: number): object => textObject(['plain_text'], maxLength);
const text = (maxLength: number): object => textObject(['plain_text', 'mrkdwn'], maxLength);
const bounded = (maxLength: number): object => ({ type: 'string', maxLength });

const BUTTON = {
  required: ['text'],
  properties: {
    type: { const: 'button' },
    text: plain(75),
    action_id: bounded(255),
    url: bounded(3000),
    value: bounded(2000),
    style: { enum: ['primary', 'danger'] },
    confirm: { type: 'object', required: ['title', 'text', 'confirm', 'deny'] },
    accessibility_label: bounded(75),
  },
  additionalProperties: false,
};
const ELEMENT = {
  type: 'object',
  required: ['type'],
  anyOf: [BUTTON, { properties: { type: { type: 'string', not: { const: 'button' } } } }],
};

const TEXT_INPUT = {
  type: 'object',
  properties: {
    type: { const: 'plain_text_input' },
    action_id: bounded(255),
    initial_value: bounded(3000),
    multiline: { type: 'boolean' },
    min_length: { type: 'integer', minimum: 0, maximum: 3000 },
    max_length: { type: 'integer', minimum: 1, maximum: 3000 },
    dispatch_action_config: {
      type: 'object',
      properties: {
        trigger_actions_on: {
          type: 'array',
          minItems: 1,
          items: { enum: ['on_enter_pressed', 'on_character_entered'] },
        },
      },
      additionalProperties: false,
    },
    focus_on_load: { type: 'boolean' },
    placeholder: plain(150),
  },
  required: ['type'],
  additionalProperties: false,
};

/** The kinds whose every key is known here; the others need only be of a known kind. */
const BLOCKS: Partial<Record<KnownBlock['type'], object>> = {
  section: {
    anyOf: [{ required: ['text'] }, { required: ['fields'] }],
    ...closed({
      text: text(3000),
      fields: { type: 'array', minItems: 1, maxItems: 10, items: text(2000) },
      accessory: ELEMENT,
      expand: { type: 'boolean' },
    }),
  },
  actions: {
    required: ['elements'],
    ...closed({ elements: { type: 'array', minItems: 1, maxItems: 25, items: ELEMENT } }),
  },
  context: {
    required: ['elements'],
    ...closed({
      elements: { type: 'array', minItems: 1, maxItems: 10, items: { type: 'object', required: ['type'] } },
    }),
  },
  input: {
    required: ['label', 'element'],
    ...closed({
      label: plain(2000),
      hint: plain(2000),
      optional: { type: 'boolean' },
      dispatch_action: { type: 'boolean' },
      element: {
        anyOf: [TEXT_INPUT, { required: ['type'], properties: { type: { not: { const: 'plain_text_input' } } } }],
      },
    }),
  },
  header: { required: ['text'], ...closed({ text: plain(150), level: { type: 'integer' } }) },
  markdown: { required: ['text'], ...closed({ text: { type: 'string', minLength: 1, maxLength: 12_000 } }) },
  divider: closed({}),
};
const OTHER_KINDS: KnownBlock['type'][] = [
  ...(['alert', 'card', 'carousel', 'container', 'context_actions', 'data_table', 'file', 'image'] as const),
  ...(['rich_text', 'table', 'task_card', 'plan', 'video'] as const),
];

const KNOWN = {
  type: 'object',
  required: ['type'],
  properties: { type: { enum: [...Object.keys(BLOCKS), ...OTHER_KINDS] }, block_id: bounded(255) },
};
const MAX_BLOCKS = 50;

export class BlockRules {
  readonly #ajv = new Ajv({ strict: false, allErrors: true });
  readonly #isKnown = this.#ajv.compile<{ type: KnownBlock['type'] }>(KNOWN);

  /** What is wrong, in words. */
  check(blocks: unknown[]): string[] {
    const tooMany = blocks.length > MAX_BLOCKS ? [`${blocks.length} blocks, at most ${MAX_BLOCKS}`] : [];
    return [
      ...tooMany,
      ...blocks.flatMap((block, index) => this.#checkBlock(block).map((fault) => `/${index}${fault}`)),
    ];
  }

  #checkBlock(block: unknown): string[] {
    if (!this.#isKnown(block)) return tellErrors(this.#isKnown.errors);
    // The same object as a schema is compiled once.
    const rules = BLOCKS[block.type];
    const judge = rules === undefined ? this.#isKnown : this.#ajv.compile(rules);
    return judge(block) ? [] : tellErrors(judge.errors);
  }
}

function tellErrors(errors: ErrorObject[] | null | undefined): string[] {
  return (errors ?? []).map((error) => `${error.instancePath} ${error.message ?? error.keyword}`);
}

/** The characters of all texts within the blocks, by which Slack measures a message. */
export function countBlockText(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  return Object.entries(node).reduce(
    (sum, [key, value]) => sum + (key === 'text' && typeof value === 'string' ? value.length : countBlockText(value)),
    0,
  );
}

function textObject(kinds: string[], maxLength: number): object {
  return {
    type: 'object',
    required: ['type', 'text'],
    properties: {
      type: { enum: kinds },
      text: { type: 'string', minLength: 1, maxLength },
      emoji: { type: 'boolean' },
      verbatim: { type: 'boolean' },
    },
    additionalProperties: false,
  };
}

function closed(properties: Record<string, object>): object {
  return { properties: { type: {}, block_id: {}, ...properties }, additionalProperties: false };
}

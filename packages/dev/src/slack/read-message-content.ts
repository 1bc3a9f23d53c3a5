// What an app wants to say, taken from the arguments of a call and held to Slack's limits.
import { countBlockText } from './block-rules.ts';
import type { CallArguments } from './call-arguments.ts';
import { SlackRefusal } from './methods/method-call.ts';
import type { MethodCall } from './methods/method-call.ts';
import type { MessageMetadata } from './workspace-objects.ts';

const MAX_TEXT = 40_000;
const MAX_BLOCK_TEXT = 13_200;

export type MessageContent = { text: string; blocks?: unknown[]; metadata?: MessageMetadata; wasTruncated: boolean };

export function readMessageContent(call: Pick<MethodCall, 'args' | 'blockRules'>): MessageContent {
  const { text, blocks } = readMarkdown(call.args) ?? { text: call.args.text('text'), blocks: readBlocks(call) };
  if (text === '' && (blocks ?? []).length === 0) throw new SlackRefusal('no_text');
  const metadata = readMetadata(call.args);
  return {
    text: text.slice(0, MAX_TEXT),
    wasTruncated: text.length > MAX_TEXT,
    ...(blocks === undefined ? {} : { blocks }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Markdown is the whole message, or there is none. */
function readMarkdown(args: CallArguments): { text: string; blocks: unknown[] } | undefined {
  const text = args.optionalText('markdown_text');
  if (text === undefined) return undefined;
  if (args.optionalText('text') !== undefined || args.optionalText('blocks') !== undefined) {
    throw new SlackRefusal('markdown_text_conflict');
  }
  return { text, blocks: nameBlocks([{ type: 'markdown', text }]) };
}

function readBlocks({ args, blockRules }: Pick<MethodCall, 'args' | 'blockRules'>): unknown[] | undefined {
  const blocks = args.json('blocks');
  if (blocks === undefined) return undefined;
  if (!Array.isArray(blocks)) throw new SlackRefusal('invalid_blocks_format', ['blocks is no JSON array']);
  const faults = blockRules.check(blocks);
  if (faults.length > 0) throw new SlackRefusal('invalid_blocks', faults);
  if (countBlockText(blocks) > MAX_BLOCK_TEXT) throw new SlackRefusal('msg_blocks_too_long');
  return nameBlocks(blocks as object[]);
}

/** Slack gives every block a name of its own that came without one. */
function nameBlocks(blocks: object[]): object[] {
  return blocks.map((block, index) => ({ block_id: `block${index}`, ...block }));
}

function readMetadata(args: CallArguments): MessageMetadata | undefined {
  const metadata = args.json('metadata') as Partial<MessageMetadata> | undefined | null;
  if (metadata === undefined) return undefined;
  const { event_type, event_payload } = metadata ?? {};
  if (typeof event_type !== 'string' || typeof event_payload !== 'object' || event_payload === null) {
    throw new SlackRefusal('invalid_metadata_format', ['metadata needs event_type and event_payload']);
  }
  return { event_type, event_payload };
}

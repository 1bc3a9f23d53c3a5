// A message as `chat.postMessage` and `chat.update` take it: blocks for the eye, `text` for notifications, search and screen readers.
import type { ChatPostMessageArguments } from '@slack/web-api';
import type { ReplyAction, ReplyButton } from '../reply-sink.ts';
import type { Thread } from '../session.ts';
import type { Chunk } from './decide-chunks.ts';
import { defuseMarkdown, defuseText } from './defuse-text.ts';
import { type CodeSegment, codeFence } from './markdown-segment.ts';
import { visibleText } from './visible-text.ts';

export type Block = NonNullable<Extract<ChatPostMessageArguments, { blocks: unknown }>['blocks']>[number];

export type MessageParts = {
  readonly chunk: Chunk;
  /** Slack user id of the one person who is pinged. */
  readonly mention?: string | undefined;
  /** Lets `<@U…>` show as the person's name: for sentences of ours that only one person sees. */
  readonly namesPeople?: boolean;
  /** Gives it a Stop button that stands for this thread. */
  readonly stop?: Thread | undefined;
  readonly buttons?: readonly ReplyButton[] | undefined;
  readonly possiblyRepeated?: boolean;
};

export type ShapedMessage = { readonly text: string; readonly blocks: Block[] };

/** What ingress gets when somebody presses Stop on a card. */
export const STOP_ACTION_ID = 'stop';

const LABELS: Readonly<Record<ReplyAction, string>> = {
  run_now: 'Run now',
  discard: 'Discard',
  retry: 'Retry',
  allow: 'Allow once',
  always: 'Always for this session',
  deny: 'Deny',
  choose: 'Choose',
  answer: 'Your answer',
  open_pull_request: 'Open pull request',
  show_diff: 'Show diff',
};

/** What Slack takes. */
const BUTTONS_A_BLOCK = 25;
const LABEL_LENGTH = 75;

const NOTHING = '(nothing to show)';
const REPEATED = '(possibly repeated)';

/** Nothing in it pings but `mention`. At most 44 blocks, and one for each 25 buttons and each line to write in. */
export function shapeMessage(parts: MessageParts): ShapedMessage {
  const { chunk, mention, namesPeople = false, possiblyRepeated = false } = parts;
  const said = chunk.filter((segment) => segment.text.trim() !== '');
  const segments: Chunk = said.length === 0 ? [{ kind: 'prose', text: NOTHING }] : said;
  const mentioned = mention !== undefined && /^[UW][A-Z0-9]+$/.test(mention) ? `<@${mention}>` : undefined;
  // Where the sentence names whom it mentions, it need not be put before it.
  const isNamed = mentioned !== undefined && said.some(({ kind, text }) => kind !== 'code' && text.includes(mentioned));
  const ping = isNamed ? undefined : mentioned;
  const encode = (plain: string, defuse: Defuse): string =>
    namesPeople || isNamed ? encodeExceptPeople(plain, defuse, namesPeople ? undefined : mentioned) : defuse(plain);
  const text = segments.map((segment) =>
    segment.kind === 'code' ? fencedText(segment.text) : encode(segment.text, defuseText),
  );
  return {
    text: [ping === undefined ? '' : `${ping} `, ...text, possiblyRepeated ? `\n${REPEATED}` : ''].join('').trimEnd(),
    blocks: [
      ...withPing(
        segments.map((segment) =>
          segment.kind === 'code' ? codeBlock(segment) : markdownBlock(encode(segment.text, defuseMarkdown)),
        ),
        ping,
      ),
      ...(possiblyRepeated ? [contextBlock(REPEATED)] : []),
      ...actionBlocks(parts),
    ],
  };
}

type Defuse = (text: string) => string;

/** Leaves mentions as they are: of everybody, or of that one person alone. */
function encodeExceptPeople(text: string, defuse: Defuse, only?: string): string {
  const pieces = text.split(/(<@[UW][A-Z0-9]+>)/);
  const isKept = (piece: string, index: number): boolean => index % 2 === 1 && (only === undefined || piece === only);
  return pieces.map((piece, index) => (isKept(piece, index) ? piece : defuse(piece))).join('');
}

/** mrkdwn knows fences of three, without a language. */
function fencedText(code: string): string {
  return `\`\`\`\n${defuseText(code)}${code.endsWith('\n') ? '' : '\n'}\`\`\`\n`;
}

type MarkdownBlock = { type: 'markdown'; text: string };

function markdownBlock(text: string): MarkdownBlock {
  return { type: 'markdown', text: text.replace(/^\n+/, '').trimEnd() };
}

/**
 * Rich text is literal: what looks like a mention or an entity in there is just characters. Only a `markdown` block colours
 * a language, so code in which nothing can be mistaken goes there.
 */
function codeBlock({ language, text }: CodeSegment): Block {
  const code = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (language !== '' && !/[<&@]|```/.test(code)) {
    return { type: 'markdown', text: codeFence(code, language).trimEnd() };
  }
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: code }] }],
  };
}

function withPing(blocks: readonly (MarkdownBlock | Block)[], ping: string | undefined): Block[] {
  const [first, ...rest] = blocks;
  if (ping === undefined) return [...blocks];
  if (first === undefined || !('text' in first) || typeof first.text !== 'string' || first.text.startsWith('```')) {
    return [{ type: 'markdown', text: ping }, ...blocks];
  }
  // A heading, a list, a quotation or a table must begin its line.
  const gap = /^(?:[#>|*+-]|\d+[.)])/.test(first.text) ? '\n\n' : ' ';
  return [{ type: 'markdown', text: `${ping}${gap}${first.text}` }, ...rest];
}

/** A small line of ours below a message. */
export function contextBlock(text: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text }] };
}

function actionBlocks({ stop, buttons = [] }: MessageParts): Block[] {
  return [...(stop === undefined ? [] : [stopButton(stop)]), ...answerFields(buttons), ...choiceButtons(buttons)];
}

/** Slack tells of what is written when Enter is pressed; what it is about can only be the name of its block. */
function answerFields(buttons: readonly ReplyButton[]): Block[] {
  return buttons
    .filter(({ action }) => action === 'answer')
    .map(({ action, value, label }) => ({
      type: 'input',
      block_id: value,
      dispatch_action: true,
      label: { type: 'plain_text', text: cutLabel(label) ?? LABELS[action] },
      element: {
        type: 'plain_text_input',
        action_id: action,
        dispatch_action_config: { trigger_actions_on: ['on_enter_pressed'] },
      },
    }));
}

/** The first one is what people mostly want. */
function choiceButtons(buttons: readonly ReplyButton[]): Block[] {
  const isAlone = (action: ReplyAction): boolean => buttons.filter((button) => button.action === action).length === 1;
  const elements = buttons.flatMap(({ action, value, label }, index) => {
    if (action === 'answer') return [];
    const text = { type: 'plain_text' as const, text: cutLabel(label) ?? LABELS[action] };
    const button = { type: 'button' as const, action_id: isAlone(action) ? action : `${action}.${index}`, value, text };
    return [index === 0 ? { ...button, style: 'primary' as const } : button];
  });
  const rows = Math.ceil(elements.length / BUTTONS_A_BLOCK);
  return Array.from({ length: rows }, (_, row) => ({
    type: 'actions',
    elements: elements.slice(row * BUTTONS_A_BLOCK, (row + 1) * BUTTONS_A_BLOCK),
  }));
}

/** Undefined where nothing of it can be seen. */
function cutLabel(label = ''): string | undefined {
  const line = visibleText(label).replaceAll(/\s+/g, ' ').trim();
  if (line === '') return undefined;
  return line.length > LABEL_LENGTH ? `${line.slice(0, LABEL_LENGTH - 1).toWellFormed()}…` : line;
}

function stopButton({ channel, threadTs }: Thread): Block {
  const label = { type: 'plain_text', text: 'Stop' } as const;
  const button = {
    type: 'button',
    action_id: STOP_ACTION_ID,
    value: `${channel}:${threadTs}`,
    text: label,
    style: 'danger',
  } as const;
  return { type: 'actions', elements: [button] };
}

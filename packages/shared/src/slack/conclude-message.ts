// Takes the buttons off a message that stands in Slack and says below it what became of them. Slack knows the rest of it.
import type { WebClient } from '@slack/web-api';
import type { Thread } from '../session.ts';
import { type Block, contextBlock } from './shape-message.ts';

export type Conclusion = {
  readonly thread: Thread;
  readonly ts: string;
  /** In Slack's own encoding. */
  readonly line: string;
};

/** `chat.update` takes no more of the text that stands for the blocks. */
const LONGEST_TEXT = 4_000;
/** The thread's root comes along, whatever is asked for. */
const ROOT_AND_MESSAGE = 2;

/** A message that is gone, or has no buttons any more, is left alone. */
export async function concludeMessage(client: WebClient, { thread, ts, line }: Conclusion): Promise<void> {
  const { channel, threadTs } = thread;
  const { messages } = await client.conversations.replies({
    channel,
    ts: threadTs,
    oldest: ts,
    latest: ts,
    inclusive: true,
    limit: ROOT_AND_MESSAGE,
  });
  const message = messages?.find((one) => one.ts === ts);
  // oxlint-disable-next-line no-unsafe-type-assertion -- they were ours, and go back as they came
  const blocks = (message?.blocks ?? []) as Block[];
  const rest = blocks.filter(({ type }) => type !== 'actions' && type !== 'input');
  if (rest.length === blocks.length) return;
  const text = `${(message?.text ?? '').slice(0, LONGEST_TEXT - line.length - 1)}\n${line}`;
  // Unlike a post, an update links names unless it is told not to.
  const how = { parse: 'none', link_names: false } as const;
  await client.chat.update({ channel, ts, text, blocks: [...rest, contextBlock(line)], ...how });
}

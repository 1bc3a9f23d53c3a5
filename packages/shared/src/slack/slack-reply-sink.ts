// What a person reads, in Slack. Slack has no idempotency key: every post carries a delivery id and is looked for before it is repeated.
import { setTimeout as delay } from 'node:timers/promises';
import type { WebClient } from '@slack/web-api';
import { RunnelError } from '../errors.ts';
import type { PostOptions, Reply, ReplySink } from '../reply-sink.ts';
import type { Thread } from '../session.ts';
import { waitOut } from './call-patiently.ts';
import { concludeMessage } from './conclude-message.ts';
import { type Chunk, type Chunks, decideCard, decideChunks, type Excerpt, excerptChunk } from './decide-chunks.ts';
import { defuseText } from './defuse-text.ts';
import { readBack, REPLY_EVENT } from './read-back.ts';
import { shapeMessage } from './shape-message.ts';
import { nameUsers, shapeWhisper } from './shape-whisper.ts';
import { slackError } from './slack-error.ts';
import { uploadAnswer } from './upload-answer.ts';
import { visibleText } from './visible-text.ts';

/** The longest time that reading back may take before the text is posted again and marked. */
const READ_BACK_MS = 60_000;
/** A send that timed out, or whose sender died, may still be on its way: what is not there is looked for once more after this. */
const SECOND_LOOK_MS = 1_000;
const UPLOAD_MS = 20_000;
const ANSWER_FILE = 'answer.md';

/** Slack refuses a message with these for how it is shaped, not for what it says. */
const SHAPE_REFUSED = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long']);

type Posting = { readonly reply: Reply; readonly options: PostOptions };
type Part = {
  readonly index: number;
  /** How many parts the whole reply has. */
  readonly of: number;
  readonly chunk: Chunk;
  readonly possiblyRepeated: boolean;
};

/** The client is one of `slackClient`. */
export function slackReplySink(client: WebClient): ReplySink {
  return new SlackReplySink(client);
}

class SlackReplySink implements ReplySink {
  readonly #client: WebClient;

  constructor(client: WebClient) {
    this.#client = client;
  }

  async post(reply: Reply, options: PostOptions): Promise<string> {
    const posting = { reply: { ...reply, text: visibleText(reply.text) }, options };
    const decided = decide(posting.reply);
    const parts = decided.kind === 'whole' ? decided.chunks.length : 1;
    const found =
      options.maybePosted === true
        ? await this.#lookTwice(posting, ({ size }) => size >= parts)
        : new Map<number, string>();
    const before = found?.get(0);
    if (decided.kind === 'excerpt' && before !== undefined) return before;
    const chunks = decided.kind === 'whole' ? decided.chunks : [await this.#withFile(decided, posting)];
    let first: string | undefined;
    for (const [index, chunk] of chunks.entries()) {
      const ts =
        found?.get(index) ??
        (await this.#send(posting, { index, chunk, of: chunks.length, possiblyRepeated: found === undefined }));
      first ??= ts;
    }
    return first ?? '';
  }

  async update(ts: string, reply: Reply): Promise<void> {
    const chunk = decideCard(visibleText(reply.text));
    const { text, blocks } = shapeMessage({ chunk, mention: reply.mention, stop: stopOf(reply) });
    const { channel } = reply.thread;
    // Unlike a post, an update links names unless it is told not to.
    await slackCall(() => this.#client.chat.update({ channel, ts, text, blocks, parse: 'none', link_names: false }));
  }

  async remove({ channel }: Thread, ts: string): Promise<void> {
    await unlessGone(() => this.#client.chat.delete({ channel, ts }), ['message_not_found']);
  }

  async conclude(thread: Thread, ts: string, line: string): Promise<void> {
    await unlessGone(
      () => concludeMessage(this.#client, { thread, ts, line: nameUsers(defuseText(line)) }),
      ['message_not_found', 'thread_not_found'],
    );
  }

  async whisper({ channel, threadTs }: Thread, user: string, said: string): Promise<void> {
    await slackCall(() =>
      this.#client.chat.postEphemeral({ channel, thread_ts: threadTs, user, ...shapeWhisper(said) }),
    );
  }

  async beginThread(user: string, said: string): Promise<Thread> {
    // Who is mentioned follows the thread, and hears of the answer.
    const { text, blocks } = shapeMessage({ chunk: decideCard(visibleText(said)), mention: user });
    const still = { unfurl_links: false, unfurl_media: false };
    // Their id stands for the direct messages with them: docs.slack.dev/reference/methods/chat.postMessage, "channels".
    const { channel = '', ts = '' } = await slackCall(() =>
      this.#client.chat.postMessage({ channel: user, text, blocks, ...still }),
    );
    return { channel, threadTs: ts };
  }

  async linkTo({ channel, threadTs }: Thread): Promise<string> {
    const { permalink = '' } = await slackCall(() => this.#client.chat.getPermalink({ channel, message_ts: threadTs }));
    return permalink;
  }

  /** Posts one part, once. Throws what it could not wait out. */
  async #send({ reply, options }: Posting, part: Part): Promise<string> {
    let { possiblyRepeated } = part;
    let isPlain = false;
    for (let attempt = 0; ; attempt += 1) {
      await askLeave(options);
      try {
        return await this.#postMessage(reply, { ...part, possiblyRepeated }, isPlain);
      } catch (thrown) {
        const error = slackError(thrown);
        if (reply.kind === 'card') throw error;
        if (SHAPE_REFUSED.has(error.reason) && !isPlain) {
          isPlain = true;
          continue;
        }
        if (error.ambiguous) {
          const found = await this.#lookTwice({ reply, options }, (there) => there.has(part.index));
          const ts = found?.get(part.index);
          if (ts !== undefined) return ts;
          if (found === undefined && !possiblyRepeated) {
            possiblyRepeated = true;
            continue;
          }
        }
        if (!(await waitOut(error, attempt, options.deadline))) throw error;
      }
    }
  }

  async #postMessage(reply: Reply, part: Part, isPlain: boolean): Promise<string> {
    const { text, blocks } = shapeMessage({
      chunk: part.chunk,
      mention: part.index === 0 ? reply.mention : undefined,
      stop: stopOf(reply),
      buttons: part.index === part.of - 1 ? reply.buttons : undefined,
      possiblyRepeated: part.possiblyRepeated,
    });
    const answer = await this.#client.chat.postMessage({
      channel: reply.thread.channel,
      thread_ts: reply.thread.threadTs,
      text,
      ...(isPlain ? {} : { blocks }),
      metadata: {
        event_type: REPLY_EVENT,
        event_payload: { delivery_id: reply.deliveryId, kind: reply.kind, part: part.index, parts: part.of },
      },
      unfurl_links: false,
      unfurl_media: false,
    });
    return answer.ts ?? '';
  }

  /** Undefined when it could not be read. */
  async #look({ reply, options }: Posting): Promise<Map<number, string> | undefined> {
    const until = Math.min(options.deadline, performance.now() + READ_BACK_MS);
    return readBack(this.#client, { thread: reply.thread, deliveryId: reply.deliveryId, since: options.since, until });
  }

  async #lookTwice(
    posting: Posting,
    isThere: (found: Map<number, string>) => boolean,
  ): Promise<Map<number, string> | undefined> {
    const found = await this.#look(posting);
    if (found === undefined || isThere(found)) return found;
    await delay(SECOND_LOOK_MS);
    return this.#look(posting);
  }

  async #withFile(excerpt: Excerpt, { reply, options }: Posting): Promise<Chunk> {
    const isAttached = await uploadAnswer(this.#client, {
      thread: reply.thread,
      filename: ANSWER_FILE,
      content: reply.text,
      beforeShare: () => askLeave(options),
      until: Math.min(options.deadline, performance.now() + UPLOAD_MS),
    });
    return excerptChunk(
      excerpt,
      isAttached ? `All of it is in \`${ANSWER_FILE}\`.` : 'Slack did not take all of it as a file.',
    );
  }
}

function decide({ kind, text }: Reply): Chunks {
  return kind === 'card' ? { kind: 'whole', chunks: [decideCard(text)] } : decideChunks(text);
}

function stopOf({ stoppable, thread }: Reply): Thread | undefined {
  return stoppable === true ? thread : undefined;
}

async function askLeave({ mayPost }: PostOptions): Promise<void> {
  if (mayPost === undefined || (await mayPost())) return;
  throw new RunnelError('lease_lost', 'Nothing is posted without the lease');
}

async function slackCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw slackError(thrown);
  }
}

/** What is gone already is fine. */
async function unlessGone(call: () => Promise<unknown>, gone: readonly string[]): Promise<void> {
  try {
    await call();
  } catch (thrown) {
    const error = slackError(thrown);
    if (!gone.includes(error.reason)) throw error;
  }
}

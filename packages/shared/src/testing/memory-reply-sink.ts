// What a person would read, in memory, for unit tests. Told to, it fails as Slack does.
import { setTimeout as delay } from 'node:timers/promises';
import { retryable, RunnelError } from '../errors.ts';
import type { PostOptions, Reply, ReplySink } from '../reply-sink.ts';
import type { Thread } from '../session.ts';

export type MemoryPost = { readonly ts: string; readonly reply: Reply };
export type MemoryWhisper = { readonly thread: Thread; readonly user: string; readonly text: string };

/** What shall go wrong with the next posts, one each. */
export type ReplyFault =
  /** Said, but nobody heard so: reading back finds it. */
  | { readonly kind: 'lost-response' }
  /** Not said, and nobody heard so: reading back finds nothing, it is said again. */
  | { readonly kind: 'not-sent' }
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number }
  /** `slack_unavailable`, retryable, after having been said or not. */
  | { readonly kind: 'gives-up'; readonly said: boolean };

export type MemoryThread = { readonly thread: Thread; readonly user: string; readonly text: string };

export type MemoryReplySink = ReplySink & {
  /** What stands there now, oldest first. */
  posts(): readonly MemoryPost[];
  whispers(): readonly MemoryWhisper[];
  /** What it has begun in direct messages. */
  begun(): readonly MemoryThread[];
  failNext(fault: ReplyFault): void;
};

export function memoryReplySink(): MemoryReplySink {
  const posts: MemoryPost[] = [];
  const whispers: MemoryWhisper[] = [];
  const begun: MemoryThread[] = [];
  const faults: ReplyFault[] = [];
  let count = 0;

  const say = (reply: Reply): string => {
    count += 1;
    const ts = `${1_800_000_000 + count}.000000`;
    posts.push({ ts, reply });
    return ts;
  };
  const send = async (reply: Reply, options: PostOptions): Promise<string> => {
    for (;;) {
      const isAllowed = options.mayPost === undefined || (await options.mayPost());
      if (!isAllowed) throw new RunnelError('lease_lost', 'Not allowed to post');
      const fault = faults.shift();
      if (fault === undefined || fault.kind === 'lost-response') return say(reply);
      if (fault.kind === 'gives-up') {
        if (fault.said) say(reply);
        throw new RunnelError('slack_unavailable', 'No answer', { retry: retryable() });
      }
      if (fault.kind === 'rate-limited') await waitOut(fault.retryAfterMs, reply, options);
    }
  };

  return {
    async post(reply, options) {
      const before = posts.find((post) => post.reply.deliveryId === reply.deliveryId);
      return options.maybePosted === true && before !== undefined ? before.ts : send(reply, options);
    },
    async update(ts, reply) {
      const index = posts.findIndex((post) => post.ts === ts);
      if (index === -1) throw new RunnelError('slack_refused', 'message_not_found');
      posts[index] = { ts, reply };
    },
    async remove(_, ts) {
      const index = posts.findIndex((post) => post.ts === ts);
      if (index !== -1) posts.splice(index, 1);
    },
    async conclude(_, ts, line) {
      const index = posts.findIndex((post) => post.ts === ts);
      const standing = posts[index];
      if (standing === undefined || (standing.reply.buttons ?? []).length === 0) return;
      const { buttons: _buttons, ...reply } = standing.reply;
      posts[index] = { ts, reply: { ...reply, text: `${reply.text}\n${line}` } };
    },
    async whisper(thread, user, text) {
      whispers.push({ thread, user, text });
    },
    async beginThread(user, text) {
      count += 1;
      const thread = { channel: user.replace(/^U/, 'D'), threadTs: `${1_800_000_000 + count}.000000` };
      begun.push({ thread, user, text });
      return thread;
    },
    async linkTo({ channel, threadTs }) {
      return `https://slack.invalid/archives/${channel}/p${threadTs.replace('.', '')}`;
    },
    posts: () => [...posts],
    whispers: () => [...whispers],
    begun: () => [...begun],
    failNext: (fault) => void faults.push(fault),
  };
}

async function waitOut(pauseMs: number, { kind }: Reply, { deadline }: PostOptions): Promise<void> {
  if (kind === 'card' || performance.now() + pauseMs > deadline) {
    throw new RunnelError('slack_rate_limited', `Wait ${pauseMs} ms`, { retry: retryable(pauseMs) });
  }
  await delay(pauseMs);
}

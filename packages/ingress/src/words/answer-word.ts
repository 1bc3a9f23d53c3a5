// Stage: a word that needs no runner is answered in its thread.
import {
  sessionKey,
  type InboxReader,
  type InboxWriter,
  type LeaseKeeper,
  type ReplySink,
  type SessionKey,
  type Thread,
  type UserKey,
} from '@runnel/shared';
import type { SlackMessage, Word } from '../slack/incoming-slack-event.ts';
import type { ToldOnce } from '../told-once.ts';
import { help, sayStatus, sayStay } from './say-word.ts';

export type WordAnswer = {
  readonly user: UserKey;
  readonly thread: Thread;
  /** Of the message. */
  readonly identity: string;
  readonly since: string;
  readonly text: string;
};

type Asked = { readonly word: Word; readonly message: SlackMessage; readonly user: UserKey };
type Saying = {
  readonly word: Word;
  readonly user: UserKey;
  readonly saidAt: number;
  readonly here?: SessionKey | undefined;
};
export type WordPorts = {
  readonly inbox: Pick<InboxReader, 'backlog' | 'keptAwakeMs'> &
    Pick<InboxWriter, 'keepAwake'> &
    Pick<LeaseKeeper, 'lease'>;
};

/** Rejects when Redis is away. */
export async function answerWord({ word, message, user }: Asked, { inbox }: WordPorts): Promise<WordAnswer> {
  const { team, thread, identity, ts, isDirect } = message;
  // What a person says elsewhere is nobody's business in a channel.
  const here = isDirect ? undefined : sessionKey(team, thread);
  const text = await answerText({ word, user, saidAt: Number(ts) * 1_000, here }, inbox);
  return { user, thread, identity, since: ts, text };
}

/** `saidAt` in milliseconds since the epoch. Only what is said `here` is named, where that is given. */
export async function answerText({ word, user, saidAt, here }: Saying, inbox: WordPorts['inbox']): Promise<string> {
  if (word.name === 'help') return help;
  if (word.name === 'stay') {
    // From when it was said: a message may come twice, or late.
    const left = Math.min(word.ms, Math.max(0, saidAt + word.ms - Date.now()));
    await inbox.keepAwake(user, Math.ceil(left));
    return sayStay(left);
  }
  const runner = { lease: await inbox.lease(user), keptAwakeMs: await inbox.keptAwakeMs(user) };
  return sayStatus(runner, await inbox.backlog(user), here);
}

export type PostPorts = { readonly replies: Pick<ReplySink, 'post'>; readonly told: ToldOnce };

/** Once: a mention comes twice. */
export async function postWord(
  { replies, told }: PostPorts,
  { user, identity, since, ...answer }: WordAnswer,
  withinMs: number,
): Promise<void> {
  if (!(await told.isFirstInDay(user, identity))) return;
  const reply = { ...answer, deliveryId: `reply:${identity}`, kind: 'notice' } as const;
  await replies.post(reply, { since, deadline: performance.now() + withinMs });
}

// Stage: a word that needs no runner is answered in its thread.
import type { InboxReader, LeaseKeeper, ReplySink, Thread, UserKey } from '@runnel/shared';
import type { SlackMessage, Word } from '../slack/incoming-slack-event.ts';
import type { ToldOnce } from '../told-once.ts';
import { help, sayStatus } from './say-word.ts';

export type WordAnswer = {
  readonly thread: Thread;
  readonly deliveryId: string;
  readonly since: string;
  readonly text: string;
};

type Asked = { readonly word: Word; readonly message: SlackMessage; readonly user: UserKey };
type WordPorts = {
  readonly inbox: Pick<InboxReader, 'backlog'> & Pick<LeaseKeeper, 'lease'>;
  readonly told: ToldOnce;
};

/** Undefined where it was answered before: a mention comes twice. Rejects when Redis is away. */
export async function answerWord(
  { word, message, user }: Asked,
  { inbox, told }: WordPorts,
): Promise<WordAnswer | undefined> {
  const text = word === 'help' ? help : sayStatus(await inbox.lease(user), await inbox.backlog(user));
  if (!(await told.isFirstInDay(user, message.identity))) return undefined;
  return { thread: message.thread, deliveryId: `reply:${message.identity}`, since: message.ts, text };
}

export async function postWord(
  replies: Pick<ReplySink, 'post'>,
  { since, ...answer }: WordAnswer,
  withinMs: number,
): Promise<void> {
  await replies.post({ ...answer, kind: 'notice' }, { since, deadline: performance.now() + withinMs });
}

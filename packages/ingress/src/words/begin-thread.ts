// Stage: what was given to a slash command is said in the direct messages with its person, and goes on as if they had written it there.
import { messageIdentity, type ReplySink, type Thread } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { codeFence, decodeSlackText } from '@runnel/shared/slack';
import type { SlackCommand, SlackMessage } from '../slack/incoming-slack-event.ts';
import type { ToldOnce } from '../told-once.ts';

export type ThreadPorts = {
  readonly told: ToldOnce;
  readonly replies: Pick<ReplySink, 'beginThread' | 'remove'>;
  readonly log: Logger;
};

/** Slack waits three seconds for the acknowledgement, which says what became of the command. */
const POSTED_WITHIN_MS = 2_000;
/** With less than that left there is no sense in a try. */
const LEAST_MS = 500;

export const IN_DIRECT_MESSAGES = 'Taken: it goes on in our direct messages, in a thread of its own.';
/** The append failed, and may have been made. */
export const PERHAPS_TAKEN =
  'I cannot say whether I took this. It stands in our direct messages; should nothing happen there, please write in its thread.';
const KNOWN =
  'This seems to have reached me twice, and I take it once. Should nothing happen in our direct messages, please give it again.';
const NOT_POSTED =
  'I did nothing with this: Slack did not let me begin a thread in our direct messages in time. Please give it again, or write it to me there:';

/** What they have as good as written, or what to tell them where it goes no further. Rejects when Redis is away: nothing has been done then. */
export async function beginThread(command: SlackCommand, ports: ThreadPorts): Promise<SlackMessage | string> {
  const { team, author, identity, text } = command;
  const givenAt = performance.now();
  if (!(await ports.told.isFirstInDay(`${team}:${author}`, identity))) return KNOWN;
  const thread = await postQuote(command, ports, givenAt + POSTED_WITHIN_MS - performance.now());
  if (thread === undefined) return `${NOT_POSTED}\n\n${quote(text)}`;
  const ts = thread.threadTs;
  return {
    kind: 'message',
    identity: messageIdentity(team, thread.channel, ts),
    team,
    author,
    authorTeam: command.authorTeam,
    thread,
    ts,
    text,
    files: [],
    isDirect: true,
    isShared: false,
    isReply: false,
    mentionsBot: false,
    isAside: false,
    isStop: false,
    word: undefined,
  };
}

/** Undefined where it does not stand there in time. What comes later is taken away again: nothing is done about it. */
async function postQuote(
  { author, command, text }: SlackCommand,
  { replies, log }: ThreadPorts,
  leftMs: number,
): Promise<Thread | undefined> {
  if (leftMs < LEAST_MS) return undefined;
  const tell = (error: unknown): void => log.warn({ err: error, user: author }, 'thread not begun');
  const late = Promise.withResolvers<undefined>();
  const posting = replies.beginThread(author, `You asked with \`${command}\`:\n\n${quote(text)}`);
  const timer = setTimeout(() => {
    late.resolve(undefined);
    posting.then((thread) => replies.remove(thread, thread.threadTs)).catch(tell);
  }, leftMs);
  try {
    return await Promise.race([posting, late.promise]);
  } catch (error) {
    tell(error);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

function quote(text: string): string {
  return codeFence(decodeSlackText(text)).trimEnd();
}

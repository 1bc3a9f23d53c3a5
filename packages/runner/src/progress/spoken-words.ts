// Everything the runner itself says to a person, in one place.
import type { ErrorCode } from '@runnel/shared';

const TITLE_LENGTH = 80;
const CARD_LINES = 15;
const MOST_NAMED = 5;
const CARD_CHARACTERS = 2_400;

export const stageLines = {
  restoring: 'is restoring your files…',
  working: 'is working…',
} as const;

export const spoken = {
  nothingToStop: 'There is nothing to stop.',
  canceledByDelete: 'Canceled, because its message was deleted.',
  editWhileRunning:
    'The command that is running is not changed by your edit. Stop it and send it anew, or wait for its answer.',
  asleep: 'Saved. Write to wake me.',
  deadLetter:
    'Your message ended its runner three times, so I set it aside. Nothing else is affected; change it and send it again.',
  unreadable: 'I could not read this message: it was written by another version of Runnel. Please send it again.',
  noAnswer: 'The agent ended without an answer.',
  earlierFiles:
    'The last saved state of this thread could not be read, so your files are as they were the time before.',
  freshFiles:
    'The saved state of this thread could not be read, so it starts afresh. Your earlier messages are still here.',
  notSaved: (code: ErrorCode): string =>
    `Your files could not be saved this time (${code}); they are as they were saved before.`,
  notRestored: (code: ErrorCode): string =>
    `Your files could not be brought back (${code}), so nothing was run. They are still saved; send it again.`,
};

/** `withdrawn` are the texts of messages that waited and will not be run. */
export function sayStopped(author: string, withdrawn: readonly string[]): string {
  if (withdrawn.length === 0) return `Stopped by <@${author}>.`;
  const what =
    withdrawn.length === 1
      ? 'This message was waiting and will not be run:'
      : 'These messages were waiting and will not be run:';
  return [`Stopped by <@${author}>. ${what}`, ...withdrawn.map((text) => `- ${titleOf(text)}`)].join('\n');
}

/** The live element of a turn: what runs, for how long, and the last lines of its output. */
export function sayProgress(card: {
  readonly text: string;
  readonly seconds: number;
  readonly output: string;
}): string {
  const head = `Running ${inCode(titleOf(card.text))}  ·  ${formatSeconds(card.seconds)}`;
  const lines = card.output.trimEnd().slice(-CARD_CHARACTERS).split('\n').slice(-CARD_LINES);
  const tail = lines.join('\n').trimEnd();
  return tail === '' ? head : `${head}\n${fenced(tail)}`;
}

/** A notice goes in front of the answer that it concerns. */
export function withNotices(reply: string, notices: readonly string[]): string {
  return [...notices.map((notice) => `_${notice}_`), reply].filter((part) => part !== '').join('\n\n');
}

/** `path` begins with the part of the session that it lies in. */
export function sayLeftOut(leftOut: readonly { readonly path: string; readonly why: string }[]): string {
  const named = leftOut
    .slice(0, MOST_NAMED)
    .map(({ path, why }) => `${inCode(titleOf(path.replace(/^files\//, '')))} (${why})`);
  const more = leftOut.length > MOST_NAMED ? ` and ${leftOut.length - MOST_NAMED} more` : '';
  return `Not kept when I sleep: ${named.join(', ')}${more}.`;
}

/** The first line of what somebody wrote, cut to fit into one. */
export function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0]?.trim() ?? '';
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1)}…` : line;
}

function inCode(text: string): string {
  return text === '' ? 'your message' : `\`${text.replaceAll('`', 'ˋ')}\``;
}

/** A fence longer than any run of backticks in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3_600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

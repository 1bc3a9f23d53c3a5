// Everything the runner itself says to a person, in one place.
import { inCode, titleOf, type ErrorCode } from '@runnel/shared';
import type { AgentProvider, Said, StopReason } from '../agent/agent-provider.ts';
import { missedBy } from '../agent/hand-on.ts';

const CARD_LINES = 15;
const MOST_NAMED = 5;
const CARD_CHARACTERS = 2_400;

export const stageLines = {
  restoring: 'is restoring your files…',
  working: 'is working…',
  waiting: 'waits for your answer',
} as const;

export const spoken = {
  nothingToStop: 'There is nothing to stop.',
  canceledByDelete: 'Canceled, because its message was deleted.',
  editWhileRunning:
    'The command that is running is not changed by your edit. Stop it and send it anew, or wait for its answer.',
  oldButton: 'That button is an old one: nothing waits for it any more.',
  oldQuestion: 'That question is not open any more. If it still matters, it is asked again.',
  asleep: 'Saved. Write to wake me.',
  deadLetter:
    'Your message ended its runner three times, so I set it aside. Nothing else is affected; change it and send it again.',
  unreadable: 'I could not read this message: it was written by another version of Runnel. Please send it again.',
  /** To the agent. */
  interrupted:
    '(You were interrupted in the middle of this. What you did by then may be there whole, in part or not at all, in your files and elsewhere. Look before you do anything again.)',
  noAnswer: 'The agent ended without an answer.',
  agentThrew: (error: unknown): string => `The agent failed: ${error instanceof Error ? error.message : String(error)}`,
  silent: (ms: number): string =>
    `The agent gave no sign of life for ${formatWhole(ms)}, so I ended it. Send it again; if it happens again, make the step smaller.`,
  tooLong: (ms: number): string =>
    `This took ${formatWhole(ms)}, the longest that a turn may take, so I ended it. Ask for the rest in smaller steps.`,
  inACircle: (title: string, times: number): string =>
    `The agent did the very same thing ${times} times in a row (${inCode(titleOf(title))}), so I ended it. Tell it what to do instead.`,
  promptEmpty: (code: ErrorCode): string => `There is nothing to do in this message (${code}). Write what I shall do.`,
  retrying: ({ attempt, waitMs, reason }: { attempt: number; waitMs: number; reason: string }): string =>
    `The model did not answer (${reason.replaceAll('_', ' ')}); asking again in ${Math.ceil(waitMs / 1_000)} s, for the ${attempt + 1}. time.`,
  earlierFiles:
    'The last saved state of this thread could not be read, so your files are as they were the time before.',
  freshFiles:
    'The saved state of this thread could not be read, so it starts afresh. Your earlier messages are still here.',
  notSaved: (code: ErrorCode): string =>
    `Your files could not be saved this time (${code}); they are as they were saved before.`,
  notRestored: (code: ErrorCode): string =>
    `Your files could not be brought back (${code}), so nothing was run. They are still saved; send it again.`,
};

/** Only where another agent had the turn before. */
export function sayHandedOn(
  { name, readsHistory = false }: Pick<AgentProvider, 'name' | 'readsHistory'>,
  history: readonly Said[],
  stopReason: StopReason,
): string[] {
  // What it has heard of that is not known.
  if (stopReason === 'failed' || missedBy(name, history).length === 0) return [];
  return [`${inCode(name)} goes on in this thread${readsHistory ? '; it was told what was said before' : ''}.`];
}

/** `output` of what was stopped. Texts of messages: `held` wait for a choice, for `dropped` there was no room. */
export function sayStopped(
  author: string,
  { output, held, dropped }: { output: string; held: readonly string[]; dropped: readonly string[] },
): string {
  const said = [`Stopped by <@${author}>.`, ...(output === '' ? [] : [output]), ...sayDropped(dropped)];
  // Last, where the buttons are.
  return [...said, ...sayWaits(held)].join('\n\n');
}

/** Texts of messages: `kept` run when their agent has its credential, `waits` were stopped, for `dropped` there was no room. */
export function sayKept({
  kept,
  waits,
  dropped,
}: {
  kept: readonly string[];
  waits: readonly string[];
  dropped: readonly string[];
}): string {
  const or = 'or with *Run now*, or before what you write here next';
  return [
    ...sayDropped(dropped),
    ...sayWaits(waits),
    ...(kept.length === 1 ? [listed(`This message is kept. Once that is done it runs by itself, ${or}:`, kept)] : []),
    ...(kept.length > 1
      ? [listed(`These messages are kept. Once that is done they run by themselves, ${or}, in this order:`, kept)]
      : []),
  ].join('\n\n');
}

function sayWaits(held: readonly string[]): string[] {
  if (held.length === 0) return [];
  return [
    listed(held.length === 1 ? 'This message waits for your choice:' : 'These messages wait for your choice:', held),
  ];
}

function sayDropped(dropped: readonly string[]): string[] {
  if (dropped.length === 0) return [];
  return [
    listed(`No more messages can wait, so ${dropped.length === 1 ? 'this one' : 'these'} will not be run:`, dropped),
  ];
}

/** `texts` of the messages that were held. */
export function sayDiscarded(author: string, texts: readonly string[]): string {
  return listed(`Discarded by <@${author}>:`, texts);
}

export function sayChosen(author: string, choice: 'run_now' | 'discard'): string {
  return `<@${author}> chose *${choice === 'run_now' ? 'Run now' : 'Discard'}*.`;
}

function listed(head: string, texts: readonly string[]): string {
  return [head, ...texts.map((text) => `- ${titleOf(text)}`)].join('\n');
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

/** On the card: what its person said to the turn that runs. */
export function sayHeard(word: string): string {
  return `\n» ${titleOf(word)}\n`;
}

/** A notice goes in front of the answer that it concerns. */
export function withNotices(reply: string, notices: readonly string[]): string {
  return [...notices.map((notice) => `_${notice}_`), reply].filter((part) => part !== '').join('\n\n');
}

/** Below everything else. */
export function withLine(reply: string, line: string | undefined): string {
  return [reply, line ?? ''].filter((part) => part !== '').join('\n\n');
}

/** `path` begins with the part of the session that it lies in. */
export function sayLeftOut(leftOut: readonly { readonly path: string; readonly why: string }[]): string {
  const named = leftOut
    .slice(0, MOST_NAMED)
    .map(({ path, why }) => `${inCode(titleOf(path.replace(/^files\//, '')))} (${why})`);
  const more = leftOut.length > MOST_NAMED ? ` and ${leftOut.length - MOST_NAMED} more` : '';
  return `Not kept when I sleep: ${named.join(', ')}${more}.`;
}

/** A fence longer than any run of backticks in the text. */
export function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** `10 min`, not `10 min 0 s`. */
export function formatWhole(ms: number): string {
  return formatSeconds(ms / 1_000).replace(/ 0 (s|min)$/, '');
}

export function formatSeconds(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3_600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

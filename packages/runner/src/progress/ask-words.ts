// What a person reads of an ask, and what the agent reads of a decision. Texts of an agent are bounded: they go into a card and into the manifest.
import { createHash } from 'node:crypto';
import { inCode, titleOf, type ReplyButton } from '@runnel/shared';
import type { Ask, Decision } from '../agent/agent-provider.ts';
import type { Asked } from '../store/session-store.ts';
import { fenced, formatWhole } from './spoken-words.ts';

const TITLE_LENGTH = 300;
const TEXT_LENGTH = 3_000;
const CHOICE_LENGTH = 200;
const MOST_CHOICES = 50;
/** What a button shows whole. */
const LABEL_LENGTH = 75;

export const askWords = {
  outOfDate: 'Not waited for any more.',
  expired: 'Nobody answered in time: it counts as *Deny*.',
};

/** As it is shown and kept. */
export function boundAsk(ask: Ask): Asked['ask'] {
  if (ask.kind === 'question') {
    const choices = ask.choices.map((choice) => cut(choice, CHOICE_LENGTH));
    if (choices.length <= MOST_CHOICES) return { kind: 'question', text: cut(ask.text, TEXT_LENGTH), choices };
    // Too many to press: the answer is written.
    return { kind: 'question', text: cut([ask.text, '', ...choices].join('\n'), TEXT_LENGTH), choices: [] };
  }
  const title = cut(ask.title.replaceAll(/\s+/g, ' ').trim(), TITLE_LENGTH);
  const detail = ask.detail === undefined ? {} : { detail: cut(ask.detail, TEXT_LENGTH) };
  return { kind: 'permission', title, ...detail, does: createHash('sha256').update(ask.does).digest('hex') };
}

/** The words of the card; they mention who is asked, and say how long there is time. */
export function sayAsk(author: string, ask: Ask, timeoutMs: number): string {
  const within = `within ${formatWhole(timeoutMs)}`;
  if (ask.kind === 'permission') {
    const { title, detail = '' } = ask;
    const lines = [`<@${author}> May I do this? ${inCode(title)}`, ...(detail.trim() === '' ? [] : [fenced(detail)])];
    return `${lines.join('\n')}\n\n_Without an answer ${within} it counts as Deny, and I do not go on._`;
  }
  const { text, choices } = ask;
  if (choices.length === 0) {
    return `<@${author}> ${text}\n\n_What you write below, or your next message in this thread, is the answer. Without one ${within} I do not go on._`;
  }
  const isCut = choices.some((choice) => choice.length > LABEL_LENGTH);
  const listed = isCut ? [choices.map((choice) => `- ${choice}`).join('\n')] : [];
  return [`<@${author}> ${text}`, ...listed, `_Without an answer ${within} I do not go on._`].join('\n\n');
}

/** `id` of the ask comes back with the press. */
export function askButtons(id: string, ask: Ask): ReplyButton[] {
  if (ask.kind === 'permission') {
    return (['allow', 'always', 'deny'] as const).map((action) => ({ action, value: id }));
  }
  if (ask.choices.length === 0) {
    return [
      { action: 'answer', value: id },
      { action: 'deny', value: id, label: 'Skip' },
    ];
  }
  return ask.choices.map((label, place) => ({ action: 'choose', value: `${id} ${place}`, label }));
}

/** What stands below the card from then on. */
export function sayDecided(author: string, ask: Ask, decision: Decision): string {
  switch (decision.kind) {
    case 'allow':
      return `<@${author}> chose *${decision.always ? 'Always for this session' : 'Allow once'}*.`;
    case 'deny':
      return `<@${author}> chose *${ask.kind === 'permission' ? 'Deny' : 'Skip'}*.`;
    case 'answer':
      return `<@${author}> answered: ${titleOf(decision.text)}`;
  }
}

/** The final answer to a prompt whose ask nobody decided. */
export function sayExpired(author: string, ask: Ask): string {
  const title = ask.kind === 'permission' ? ask.title : titleOf(ask.text);
  return `<@${author}> Nobody answered ${inCode(title)} in time, so it counts as *Deny* and I did not go on. Write to me to go on from here.`;
}

/** The text of a turn that goes on, for the agent: what was asked, what was decided, and the request of the parked turn. */
export function tellDecision(ask: Ask, decision: Decision, request: string): string {
  return [`${tellAsk(ask)}\n${tellWhat(decision)}`, 'Go on with what I had asked you for:', request].join('\n\n');
}

function tellAsk(ask: Ask): string {
  if (ask.kind === 'question') return `You asked me: ${ask.text}`;
  return [`You asked me for permission: ${ask.title}`, ...(ask.detail === undefined ? [] : [ask.detail])].join('\n');
}

function tellWhat(decision: Decision): string {
  switch (decision.kind) {
    case 'allow':
      return `My decision: allowed, ${decision.always ? 'for the rest of this session' : 'this once'}.`;
    case 'deny':
      return 'My decision: no. Do without it.';
    case 'answer':
      return `My answer: ${decision.text}`;
  }
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text;
}

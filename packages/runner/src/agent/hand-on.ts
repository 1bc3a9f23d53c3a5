// What an agent is told of a session in which others were at work since its last turn: its own memory of it has a gap.
import type { Said } from './agent-provider.ts';

/** Of what is left out the files still tell. */
const LONGEST = 24_000;
const LONGEST_TEXT = 4_000;

/** What others did since that agent's last turn that went well: of one that failed it may know nothing. */
export function missedBy(agent: string, history: readonly Said[]): readonly Said[] {
  const last = history.findLastIndex((said) => said.agent === agent && said.hasFailed !== true);
  return history.slice(last + 1).filter((said) => said.agent !== agent);
}

/** What it missed, in words; undefined where nobody else was at work. */
export function handOn(history: readonly Said[], agent: string): string | undefined {
  const missed = missedBy(agent, history);
  if (missed.length === 0) return undefined;
  const told: string[] = [];
  let room = LONGEST;
  for (const said of missed.toReversed()) {
    const text = `Asked: ${cut(said.asked)}\n${said.agent} answered: ${cut(said.answered)}`;
    room -= text.length;
    if (room < 0) break;
    told.unshift(text);
  }
  const left = missed.length - told.length;
  return [
    '(Other agents worked in this thread before you, or since you did. The files are as they left them. What was said:',
    ...(left === 0 ? [] : [`[the first ${left} left out]`]),
    ...told,
    'Now you go on.)',
  ].join('\n\n');
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)} […]`;
}

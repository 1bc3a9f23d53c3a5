// Stage: a slash command is answered to its person alone, with the acknowledgement: it has no thread, and nobody else sees that it
// was given.
import { codeFence } from '@runnel/shared/slack';
import { sayRefused } from '../admit-event.ts';
import { decideAdmission, type AllowLists } from '../decide-admission.ts';
import type { SlackCommand } from '../slack/incoming-slack-event.ts';
import { answerText, type WordPorts } from './answer-word.ts';
import { readWord } from './read-word.ts';

type CommandPorts = WordPorts & { readonly allowed: AllowLists };

/** Resolves to what the person is told. Rejects when Redis is away: Slack then tells them that it did not work. */
export async function answerCommand(command: SlackCommand, { inbox, allowed }: CommandPorts): Promise<string> {
  const admission = decideAdmission(command, allowed);
  if (admission !== 'admitted') return sayRefused(admission);
  const word = command.text.trim() === '' ? ({ name: 'help' } as const) : readWord(command.text);
  if (word === undefined) return sayElsewhere(command);
  const { team, author } = command;
  return answerText({ word, user: `${team}:${author}`, saidAt: Date.now() }, inbox);
}

/** Slack has taken it out of the field where it was written. */
function sayElsewhere({ command, text }: SlackCommand): string {
  return [
    `\`${command}\` answers \`help\`, \`status\` and \`stay 30m\`, and did nothing with this:`,
    codeFence(text).trimEnd(),
    'What you want done, write to me in a direct message, or in a channel in a message that mentions me. `stop`, `new`, `agent` and the other words are for the thread that they are written in.',
  ].join('\n\n');
}

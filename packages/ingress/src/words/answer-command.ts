// Stage: a slash command stands in no thread, and only its person sees that it was given. What needs a thread gets one in their direct
// messages; the rest is answered to them alone, with the acknowledgement.
import { sayRefused } from '../admit-event.ts';
import { decideAdmission, type AllowLists } from '../decide-admission.ts';
import type { SlackCommand, SlackMessage } from '../slack/incoming-slack-event.ts';
import { answerText, type WordPorts } from './answer-word.ts';
import { beginThread, type ThreadPorts } from './begin-thread.ts';
import { readWord } from './read-word.ts';
import { stopThreads, type StopPorts } from './stop-threads.ts';

export type CommandPorts = WordPorts &
  ThreadPorts &
  StopPorts & { readonly allowed: AllowLists; readonly maxBacklog: number };

/** What the person is told, or what they have as good as written: that goes the way of a message. */
export type CommandAnswer =
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'message'; readonly message: SlackMessage };

/** Rejects when Redis is away: Slack then tells them that it did not work. */
export async function answerCommand(command: SlackCommand, ports: CommandPorts): Promise<CommandAnswer> {
  const admission = decideAdmission(command, ports.allowed);
  if (admission !== 'admitted') return said(sayRefused(admission));
  const word = command.text === '' ? ({ name: 'help' } as const) : readWord(command.text);
  if (word !== undefined) {
    const { team, author } = command;
    return said(await answerText({ word, user: `${team}:${author}`, saidAt: Date.now() }, ports.inbox));
  }
  if (command.isStop) return said(await stopThreads(command, ports));
  const begun = await beginThread(command, ports);
  return typeof begun === 'string' ? said(begun) : { kind: 'message', message: begun };
}

function said(text: string): CommandAnswer {
  return { kind: 'said', text };
}

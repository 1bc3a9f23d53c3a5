// What is said of a program with a screen: what it shows, in a fence, and how it failed.
import { fenced } from '../progress/spoken-words.ts';
import { notStarted } from './agent-program.ts';
import type { AgentEvent } from './agent-provider.ts';
import { trimLines } from './terminal-screen.ts';

const MOST_CHARACTERS = 100_000;

export const terminalWords = {
  nothing: 'Done, no output.',

  /** Empty where there is nothing to be seen. `isEnd`: what came before is not kept. */
  shown(lines: readonly string[], isEnd = false): string {
    const text = trimLines(lines);
    if (text === '') return '';
    const isCut = isEnd || text.length > MOST_CHARACTERS;
    const notice = isCut ? '_This is the end of it; what came before was too long to be kept._\n\n' : '';
    return `${notice}${fenced(text.slice(-MOST_CHARACTERS))}`;
  },

  /** As env(1) has it, for a program that cannot be started. */
  ended(end: string, [program = '']: readonly string[]): string {
    return end === 'exit code 127' || end === 'exit code 126'
      ? notStarted({ program, setting: 'TERMINAL_COMMAND' })
      : `its program ended (${end}). The next message starts it afresh.`;
  },

  notReady: (ms: number): string =>
    `its program was not ready for input within ${ms / 1_000} s: then the last line of its screen must match TERMINAL_READY.`,

  nothingToType: 'there is nothing in it that could be typed.',

  tooLong: (most: number, bytes: number): string =>
    `its program reads lines of up to ${most} bytes, and one of these has ${bytes}. Write it in shorter ones.`,

  failed: (why: string): Extract<AgentEvent, { type: 'finished' }> => ({
    type: 'finished',
    stopReason: 'failed',
    reply: `The agent could not finish this: ${why}`,
  }),
};

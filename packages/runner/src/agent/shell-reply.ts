// The answer to a command, in markdown: what it wrote, how it ended, how long it took.
import { constants } from 'node:os';
import type { KeptOutput } from './shell-output.ts';
import type { ShellEnd } from './shell-process.ts';
import { cleanText, decodeOutput, looksBinary } from './shell-text.ts';

export type ShellResult = {
  readonly output: KeptOutput;
  readonly end: ShellEnd;
  readonly tookMs: number;
  readonly canceled: boolean;
  /** Sentences that go first. */
  readonly notices: readonly string[];
};

const COMMAND_NOT_FOUND = 127;
const SIGNAL_BASE = 128;
const WORTH_TELLING_MS = 1_000;

export function replyToCommand(result: ShellResult): string {
  return [...result.notices, showOutput(result.output), ...describeEnd(result)]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A code fence, or a sentence about binary output, or nothing. */
function showOutput(output: KeptOutput): string {
  if (output.total === 0) return '';
  const parts = output.omitted === 0 ? [Buffer.concat([output.head, output.tail])] : [output.head, output.tail];
  const texts = parts.map(decodeOutput);
  if (looksBinary(texts.join(''))) {
    const bytes = `${count(output.total)} byte${output.total === 1 ? '' : 's'}`;
    return `Binary output, ${bytes}. To look at it, send it through \`xxd | head\`; to keep it, into a file with \`> file\`.`;
  }
  const [head = '', tail] = texts.map(cleanText);
  if (tail === undefined) return fence(head);
  return fence(`${toLineEnd(head)}\n[… ${count(output.omitted)} bytes left out …]\n${fromLineStart(tail)}`);
}

/** Longer than any run of backticks inside, so that nothing in it ends it. */
function fence(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const marks = '`'.repeat(Math.max(3, longest + 1));
  return `${marks}\n${text.endsWith('\n') ? text : `${text}\n`}${marks}`;
}

/** Cut at a line where there is one near; a character that was cut in two goes. */
function toLineEnd(text: string): string {
  const at = text.lastIndexOf('\n');
  return at > text.length / 2 ? text.slice(0, at) : text.replace(/\ufffd{1,3}$/, '');
}

function fromLineStart(text: string): string {
  const at = text.indexOf('\n');
  return at !== -1 && at < text.length / 2 ? text.slice(at + 1) : text.replace(/^\ufffd{1,3}/, '');
}

function describeEnd({ output, end, tookMs, canceled }: ShellResult): string[] {
  const took = tookMs > WORTH_TELLING_MS ? `${(tookMs / 1_000).toFixed(1)} s` : '';
  // That it was stopped, and by whom, is said by whoever stopped it.
  if (canceled) return [took === '' ? '' : `It ran for ${took}.`];
  const silent = output.total === 0;
  if (end.code === 0) {
    const done = silent ? 'Done, no output.' : '';
    return [[done, took === '' ? '' : `Took ${took}.`].filter((part) => part !== '').join(' ')];
  }
  const how =
    end.signal === null ? `exit code ${end.code ?? 'unknown'}${signalBehind(end.code)}` : `killed by ${end.signal}`;
  const line = [how, took, silent ? 'no output' : ''].filter((part) => part !== '').join(' · ');
  return end.code === COMMAND_NOT_FOUND ? [line, ABOUT_AGENTS] : [line];
}

const ABOUT_AGENTS =
  'What you write here is run as a command. To talk to a coding agent instead, one is set up with `AGENT_PROVIDER`: see docs/running.md.';

/** A shell reports a child's death by signal n as 128 + n. */
function signalBehind(code: number | null): string {
  const name = Object.entries(constants.signals).find(([, number]) => number === (code ?? 0) - SIGNAL_BASE)?.[0];
  return name === undefined ? '' : ` (${name})`;
}

function count(bytes: number): string {
  return bytes.toLocaleString('en-US');
}

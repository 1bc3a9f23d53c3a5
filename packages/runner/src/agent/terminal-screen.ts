// What stands on a program's screen, as lines: whether it waits for input, what of it is new, and what of that a person reads.
import { cleanText } from './shell-text.ts';

/** A line that is shorter than half of a screen goes on in no other. */
const BROKEN = 60;

/** What may be typed: with control characters a text could press keys. Interpreters want a blank line behind an indented block. */
export function typeable(text: string): string {
  const typed = text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\p{Cc}--[\t\n]]/gv, '')
    .trimEnd();
  return /\n[ \t][^\n]*$/.test(typed) ? `${typed}\n` : typed;
}

/** Without the blanks behind each line and the blank lines below. */
export function screenLines(captured: string): string[] {
  const lines = cleanText(captured)
    .split('\n')
    .map((line) => line.trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** By its last line that is not empty; blanks behind it are not seen, and may be in the pattern. */
export function waitsForInput(lines: readonly string[], ready: RegExp): boolean {
  const last = lines.at(-1) ?? '';
  return ready.test(last) || ready.test(`${last} `);
}

/** What comes behind the lines that are still as they were. */
export function newLines(before: readonly string[], now: readonly string[]): readonly string[] {
  const changed = now.findIndex((line, at) => line !== before[at]);
  return changed === -1 ? [] : now.slice(changed);
}

/** Whether these lines are what was typed, behind prompts, and nothing else. */
export function isEcho(shown: readonly string[], text: string): boolean {
  let at = 0;
  for (const line of text.split('\n').map(withoutBlanks)) {
    let read = withoutBlanks(shown[at] ?? '');
    at += 1;
    // Programs break long lines by themselves.
    while (!read.endsWith(line) && (shown[at - 1] ?? '').length >= BROKEN) {
      read += withoutBlanks(shown[at] ?? '');
      at += 1;
    }
    const isThere = line === '' ? !/\w/.test(read) : read.endsWith(line);
    if (!isThere) return false;
  }
  return at >= shown.length;
}

function withoutBlanks(line: string): string {
  return line.replaceAll(/\s/g, '');
}

/** As one text; its first line may be indented. */
export function trimLines(lines: readonly string[]): string {
  const first = lines.findIndex((line) => line !== '');
  return first === -1 ? '' : lines.slice(first).join('\n').trimEnd();
}

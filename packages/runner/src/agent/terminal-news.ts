// What a program shows while it works, as text that comes by and by.
import { newLines } from './terminal-screen.ts';

/** A screen that is drawn anew is told at most this often, by its latest lines. */
const REDRAWN_EVERY_MS = 1_000;
const MOST_LINES = 40;
const MOST_CHARACTERS = 4_096;

export class TerminalNews {
  #told: readonly string[] = [];
  #redrawnAt = -Infinity;

  /** `lines`: all of the answer so far, at a time on the `performance.now()` clock. Empty where nothing is to be told. */
  tell(lines: readonly string[], at: number): string {
    // What was still when it was told, and moves again.
    if (lines.every((line, n) => line === this.#told[n])) return '';
    const isLonger = this.#told.every((line, n) => line === lines[n]);
    if (!isLonger && at - this.#redrawnAt < REDRAWN_EVERY_MS) return '';
    if (!isLonger) this.#redrawnAt = at;
    const known = new Set(this.#told);
    const fresh = isLonger ? newLines(this.#told, lines) : lines.filter((line) => !known.has(line));
    this.#told = lines;
    const text = fresh
      .slice(-MOST_LINES)
      .map((line) => `${line}\n`)
      .join('');
    const isWhole = fresh.length <= MOST_LINES && text.length <= MOST_CHARACTERS;
    return isWhole ? text : `[…]\n${text.slice(-MOST_CHARACTERS)}`;
  }
}

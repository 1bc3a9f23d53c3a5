// One turn of a program with a screen: it is typed to, looked at until it waits for input again, and interrupted by a cancel.
import { setTimeout as sleep } from 'node:timers/promises';
import { INTERRUPT_MS } from './agent-process.ts';
import type { AgentEvent, TurnRequest } from './agent-provider.ts';
import { TerminalNews } from './terminal-news.ts';
import { SURELY_KEPT, type Look, type TerminalProgram } from './terminal-program.ts';
import { GRACE_MS, type TerminalPrograms, type TerminalProviderOptions } from './terminal-programs.ts';
import { isEcho, newLines, typeable, waitsForInput } from './terminal-screen.ts';
import { terminalWords } from './terminal-words.ts';

export type TerminalParts = { readonly options: TerminalProviderOptions; readonly programs: TerminalPrograms };

type Finished = Extract<AgentEvent, { type: 'finished' }>;

/** Between two looks at a screen: the longer, the longer nothing has happened. */
const LOOK_AGAIN_MS = { first: 30, most: 400, growth: 1.5 };
/** How long what was typed may take to appear, and to stand still: what takes longer is typed to all the same. */
const ECHO_MS = { none: 1_000, still: 100, most: 3_000 };
/** A screen on which nothing at all has happened for so long since something was typed is over, too. */
const NOTHING_MS = 10_000;
/** The kernel's own bound for a line that it makes itself (termios(3)), with its end. */
const KERNEL_LINE = 4_096;

export class TerminalTurn {
  readonly #parts: TerminalParts;
  readonly #request: TurnRequest;
  readonly #cancel: AbortSignal;
  readonly #news = new TerminalNews();
  #words: { readonly text: string; readonly taken: (isTaken: boolean) => void }[] = [];
  /** From when its message is typed until it is over. */
  #hears = false;
  #notice = '';
  /** What stood there when the answer began. */
  #base: readonly string[] = [];
  #look: Look | undefined;
  /** When and how often its screen was another one, on the `performance.now()` clock. */
  #changed = { at: 0, count: 0 };
  /** How it was when Enter was pressed. */
  #typed: { readonly lines: readonly string[]; readonly at: number; readonly count: number } = {
    lines: [],
    at: 0,
    count: 0,
  };
  #interruptedAt: number | undefined;
  #napMs = LOOK_AGAIN_MS.first;

  constructor(parts: TerminalParts, request: TurnRequest, cancel: AbortSignal) {
    this.#parts = parts;
    this.#request = request;
    this.#cancel = cancel;
  }

  /** A word is typed, too; resolves to whether it was. */
  hear(text: string): Promise<boolean> {
    const taken = Promise.withResolvers<boolean>();
    if (this.#hears && typeable(text) !== '') this.#words.push({ text: typeable(text), taken: taken.resolve });
    else taken.resolve(false);
    return taken.promise;
  }

  async *run(): AsyncGenerator<AgentEvent> {
    const { session, onProcessGroup } = this.#request;
    const { programs } = this.#parts;
    let program: TerminalProgram | undefined;
    let watched: Disposable | undefined;
    let ending: Finished | undefined;
    try {
      const taken = await programs.take(this.#request);
      ({ program } = taken);
      this.#notice = taken.notice;
      watched = onProcessGroup(program.group);
      await this.#untilReady(program);
      ending = this.#cancel.aborted ? this.#canceled() : yield* this.#converse(program);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // A program may end of an interrupt.
      ending = this.#cancel.aborted ? this.#canceled() : terminalWords.failed(why);
    } finally {
      // Whoever left off listening leaves nothing running.
      const lives = ending !== undefined && this.#isReady();
      this.#hears = false;
      for (const { taken } of this.#words.splice(0)) taken(false);
      if (lives && program !== undefined) await programs.keep(session, program);
      else await program?.end(GRACE_MS);
      watched?.[Symbol.dispose]();
    }
    yield ending;
  }

  async #untilReady(program: TerminalProgram): Promise<void> {
    const { startMs } = this.#parts.options;
    const deadline = performance.now() + startMs;
    while (!this.#cancel.aborted) {
      const { lines } = await this.#see(program);
      if (this.#isReady()) return;
      if (performance.now() > deadline) throw saying(terminalWords.notReady(startMs), lines);
      await this.#nap();
    }
  }

  async *#converse(program: TerminalProgram): AsyncGenerator<AgentEvent, Finished> {
    const before = await program.processes();
    await this.#say(program);
    for (;;) {
      const { at } = this.#changed;
      await this.#see(program);
      yield* this.#tell(this.#changed.at > at);
      const ending = this.#cancel.aborted ? await this.#interrupt(program, before) : await this.#hearOrEnd(program);
      if (ending?.stopReason === 'end_turn') yield* this.#tell(false);
      if (ending !== undefined) return ending;
      await this.#nap();
    }
  }

  async #say(program: TerminalProgram): Promise<void> {
    const text = typeable(this.#request.text);
    await refuseCut(program, text);
    await program.forget();
    const { lines } = await this.#see(program);
    await this.#type(program, text);
    const { lines: typed } = this.#typed;
    this.#base = isEcho(newLines(lines, typed), text) ? typed : lines;
    this.#hears = true;
  }

  /** A word that has come belongs to the turn, even to one that is as good as over. */
  async #hearOrEnd(program: TerminalProgram): Promise<Finished | undefined> {
    const word = this.#words.shift();
    if (word !== undefined) {
      await this.#type(program, word.text);
      word.taken(true);
      return undefined;
    }
    const isNothing = this.#changed.count === this.#typed.count && performance.now() - this.#typed.at < NOTHING_MS;
    return this.#isReady() && !isNothing
      ? { type: 'finished', stopReason: 'end_turn', reply: this.#reply() }
      : undefined;
  }

  /** Where it then waits for input its program lives on, without what it started in this turn. */
  async #interrupt(program: TerminalProgram, before: ReadonlySet<string>): Promise<Finished | undefined> {
    if (this.#interruptedAt === undefined) {
      await program.press('C-c');
      this.#interruptedAt = performance.now();
      this.#changed.at = this.#interruptedAt;
      return undefined;
    }
    const isReady = this.#isReady();
    if (isReady) await program.endNewer(before);
    return isReady || performance.now() - this.#interruptedAt > INTERRUPT_MS ? this.#canceled() : undefined;
  }

  /** Enter is pressed when it stands there: in the middle of what is pasted it may count as part of that. */
  async #type(program: TerminalProgram, text: string): Promise<void> {
    const { count } = this.#changed;
    await program.paste(text);
    const pastedAt = performance.now();
    for (;;) {
      await this.#see(program);
      const now = performance.now();
      const isStill = this.#changed.count > count && now - this.#changed.at > ECHO_MS.still;
      if (isStill || now - pastedAt > (this.#changed.count > count ? ECHO_MS.most : ECHO_MS.none)) break;
      await sleep(LOOK_AGAIN_MS.first);
    }
    await program.press('Enter');
    this.#changed.at = performance.now();
    this.#typed = { lines: this.#look?.lines ?? [], at: this.#changed.at, count: this.#changed.count };
  }

  /** Throws where the program has ended. */
  async #see(program: TerminalProgram): Promise<Look> {
    const look = await program.look();
    const isNew = look.lines.join('\n') !== this.#look?.lines.join('\n');
    this.#look = look;
    if (isNew) {
      this.#changed = { at: performance.now(), count: this.#changed.count + 1 };
      this.#napMs = LOOK_AGAIN_MS.first;
    }
    if (look.end === undefined) return look;
    const said = this.#hears ? this.#answer() : look.lines;
    throw saying(terminalWords.ended(look.end, this.#parts.options.command), said);
  }

  #isReady(): boolean {
    const { lines, end } = this.#look ?? { lines: [], end: undefined };
    const { ready, quietMs } = this.#parts.options;
    return end === undefined && waitsForInput(lines, ready) && performance.now() - this.#changed.at >= quietMs;
  }

  /** A screen on which something moves is a sign of life, whatever is told of it. */
  *#tell(hasMoved: boolean): Generator<AgentEvent> {
    const now = performance.now();
    const isStill = now - this.#changed.at >= this.#parts.options.quietMs;
    // Of what moves, the last line may be half of one.
    const lines = isStill ? this.#answer() : this.#answer().slice(0, -1);
    const text = this.#news.tell(lines, now);
    if (text !== '' || hasMoved) yield { type: 'text', text };
  }

  #answer(): readonly string[] {
    if (this.#look === undefined) return [];
    const { lines, isFullScreen } = this.#look;
    const said = isFullScreen ? lines : newLines(this.#base, lines);
    return waitsForInput(lines, this.#parts.options.ready) ? said.slice(0, -1) : said;
  }

  #reply(): string {
    const { lines = [], scrolled = 0 } = this.#look ?? {};
    const isEnd = scrolled >= SURELY_KEPT && lines[0] !== this.#base[0];
    const shown = terminalWords.shown(this.#answer(), isEnd);
    return `${this.#notice}${shown === '' ? terminalWords.nothing : shown}`;
  }

  #canceled(): Finished {
    const reply = terminalWords.shown(this.#hears ? this.#answer() : []);
    return { type: 'finished', stopReason: 'canceled', reply };
  }

  async #nap(): Promise<void> {
    const napMs = Math.min(this.#napMs, this.#parts.options.quietMs);
    this.#napMs = Math.min(this.#napMs * LOOK_AGAIN_MS.growth, LOOK_AGAIN_MS.most);
    await sleep(napMs);
  }
}

/** A line that is cut without a word would be another one. */
async function refuseCut(program: TerminalProgram, text: string): Promise<void> {
  if (text.trim() === '') throw new Error(terminalWords.nothingToType);
  const longest = Math.max(...text.split('\n').map((line) => Buffer.byteLength(line)));
  if (longest < KERNEL_LINE || !(await program.readsLines())) return;
  throw new Error(terminalWords.tooLong(KERNEL_LINE - 1, longest));
}

function saying(why: string, lines: readonly string[]): Error {
  return new Error([why, terminalWords.shown(lines)].filter((part) => part !== '').join('\n\n'));
}

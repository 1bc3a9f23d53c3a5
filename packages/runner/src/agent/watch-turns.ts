// Stage: no turn stands still, runs in a circle or lasts for ever, and each ends as the port promises: with one `finished`,
// never with an exception.
import { spoken } from '../progress/spoken-words.ts';
import type { AgentEvent, AgentProvider, Ask, Decision, TurnRequest } from './agent-provider.ts';
import { aroundTurns } from './around-turns.ts';

/** Durations in milliseconds. */
export type TurnLimits = {
  /** Without any event. Neither a tool that runs nor a person who is asked is silence. */
  readonly silenceMs: number;
  /** Of a whole turn, without the time in which a person is asked. */
  readonly turnMs: number;
};

/** The very same call so many times in a row, each of them answered, is a circle. */
const CIRCLE = 3;
/** Of what was said in a turn that does not come to its own end, in characters: the last of it. */
const LONGEST_SAID = 200_000;
/** A turn that was ended and goes on for longer is left to itself. */
const END_MS = 10_000;

export function watchTurns(provider: AgentProvider, limits: TurnLimits): AgentProvider {
  return aroundTurns(provider, (request, signal) => new WatchedTurn(provider, limits, signal).run(request));
}

type Finished = Extract<AgentEvent, { type: 'finished' }>;
type Tool = Extract<AgentEvent, { type: 'tool' }>;

class WatchedTurn {
  readonly #provider: AgentProvider;
  readonly #limits: TurnLimits;
  readonly #canceled: AbortSignal;
  readonly #ended = new AbortController();
  /** Why it was ended before its time. */
  #why: string | undefined;
  #said = '';
  readonly #tools = new Map<string, Tool>();
  #done = { does: '', times: 0 };
  #asked = { now: 0, since: 0 };
  /** Whether the agent is at it, and not whoever listens to it. */
  #isWorking = false;
  /** For so long it has said that it will be silent. */
  #pauseMs = 0;
  #silentAt = Infinity;
  #overAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(provider: AgentProvider, limits: TurnLimits, canceled: AbortSignal) {
    this.#provider = provider;
    this.#limits = limits;
    this.#canceled = canceled;
    this.#overAt = performance.now() + limits.turnMs;
  }

  async *run(request: TurnRequest): AsyncGenerator<AgentEvent> {
    const signal = AbortSignal.any([this.#canceled, this.#ended.signal]);
    const givenUp = Promise.withResolvers<undefined>();
    const giveUp = (): void => void setTimeout(() => givenUp.resolve(undefined), END_MS).unref();
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    let turn: AsyncIterator<AgentEvent> | undefined;
    let ending: Finished | undefined;
    try {
      const ask = (about: Ask): Promise<Decision> => this.#ask(request, about);
      turn = this.#provider.startTurn({ ...request, ask }, signal)[Symbol.asyncIterator]();
      while (ending === undefined) {
        const event = await this.#next(turn, givenUp.promise);
        if (event === undefined) ending = this.#broken(spoken.noAnswer);
        else if (event.type === 'finished') ending = this.#endingOf(event);
        else yield this.#noted(event);
      }
    } catch (error) {
      ending = this.#broken(spoken.agentThrew(error));
    } finally {
      // Whoever left off listening leaves nothing running either.
      if (ending === undefined) this.#ended.abort();
      await Promise.race([turn?.return?.().catch(() => undefined), givenUp.promise]);
    }
    yield ending;
  }

  /** Undefined when nothing more comes. */
  async #next(turn: AsyncIterator<AgentEvent>, givenUp: Promise<undefined>): Promise<AgentEvent | undefined> {
    this.#isWorking = true;
    this.#silentAt = performance.now() + this.#limits.silenceMs + this.#pauseMs;
    this.#watch();
    try {
      const next = await Promise.race([turn.next(), givenUp]);
      return next === undefined || next.done === true ? undefined : next.value;
    } finally {
      this.#isWorking = false;
      clearTimeout(this.#timer);
    }
  }

  #noted(event: Exclude<AgentEvent, Finished>): AgentEvent {
    this.#pauseMs = event.type === 'retrying' ? event.waitMs : 0;
    if (event.type === 'text') this.#said = lastOf(`${this.#said}${event.text}`);
    if (event.type === 'tool') this.#tools.set(event.call, event);
    if (event.type === 'tool_ended') this.#count(this.#tools.get(event.call));
    if (event.type === 'tool_ended') this.#tools.delete(event.call);
    return event;
  }

  #count(tool: Tool | undefined): void {
    if (tool === undefined) return;
    const times = tool.does === this.#done.does ? this.#done.times + 1 : 1;
    this.#done = { does: tool.does, times };
    if (times === CIRCLE) this.#end(spoken.inACircle(tool.title, CIRCLE));
  }

  async #ask(request: TurnRequest, about: Ask): Promise<Decision> {
    if (this.#asked.now === 0) this.#asked.since = performance.now();
    this.#asked.now += 1;
    clearTimeout(this.#timer);
    try {
      return await request.ask(about);
    } finally {
      this.#asked.now -= 1;
      const now = performance.now();
      if (this.#asked.now === 0) this.#overAt += now - this.#asked.since;
      this.#silentAt = now + this.#limits.silenceMs;
      this.#watch();
    }
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (!this.#isWorking || this.#asked.now > 0 || this.#ended.signal.aborted) return;
    const { silenceMs, turnMs } = this.#limits;
    const silentAt = this.#tools.size === 0 ? this.#silentAt : Infinity;
    const why = silentAt < this.#overAt ? spoken.silent(silenceMs) : spoken.tooLong(turnMs);
    const waitMs = Math.min(silentAt, this.#overAt) - performance.now();
    this.#timer = setTimeout(() => this.#end(why), Math.max(0, waitMs));
  }

  #end(why: string): void {
    this.#why = why;
    this.#ended.abort();
  }

  /** It may have come to its own end while it was being ended. */
  #endingOf(finished: Finished): Finished {
    if (this.#why === undefined || finished.stopReason === 'end_turn') return finished;
    return { ...this.#broken(this.#why), ...(finished.usage === undefined ? {} : { usage: finished.usage }) };
  }

  #broken(why: string): Finished {
    if (this.#canceled.aborted) return { type: 'finished', stopReason: 'canceled', reply: this.#said };
    const reply = [this.#why ?? why, this.#said].filter((part) => part.trim() !== '').join('\n\n');
    return { type: 'finished', stopReason: 'failed', reply };
  }
}

/** Cut once in a while, since each cut copies it. */
function lastOf(said: string): string {
  return said.length <= 2 * LONGEST_SAID ? said : said.slice(-LONGEST_SAID);
}

// Stage: listens to the runner's events and shows in the thread what goes on: statuses, marks, one live card a turn.
import {
  threadOf,
  type Envelope,
  type EventTransport,
  type SessionKey,
  type ThreadStatus,
  type UserKey,
} from '@runnel/shared';
import { ProgressCard, type CardParts } from './progress-card.ts';
import { stageLines } from './spoken-words.ts';
import { ThreadSigns } from './thread-signs.ts';
import { agentText, turnAsked, turnFinished, turnQueued, turnStarted } from './turn-events.ts';

export type ProgressParts = CardParts & {
  readonly user: UserKey;
  /** In process. */
  readonly events: EventTransport;
  readonly status: ThreadStatus;
};

export type Progress = {
  /** The ts of the card of a turn that stands in its thread. */
  readonly cardOf: (turn: string) => string | undefined;
  /** Resolves when everything that was begun is shown or given up. */
  readonly settled: () => Promise<void>;
};

export function showProgress(parts: ProgressParts): Progress {
  const shown = new ShownTurns(parts);
  const listen = async (): Promise<void> => {
    for await (const envelope of parts.events.subscribe(parts.user, { signal: new AbortController().signal })) {
      try {
        shown.hear(envelope);
      } catch (error) {
        parts.log.error({ err: error, type: envelope.type }, 'event cannot be shown');
      }
    }
  };
  void listen();
  return { cardOf: (turn) => shown.cardOf(turn), settled: () => shown.settled() };
}

type Turn = { readonly session: SessionKey; readonly turn: string };
type ShownTurn = Turn & {
  readonly ts: string;
  readonly card: ProgressCard;
  readonly refresh: NodeJS.Timeout;
  line: string;
};

/** A status line expires after two minutes. */
const REFRESH_MS = 80_000;

class ShownTurns {
  readonly #parts: ProgressParts;
  readonly #signs: ThreadSigns;
  readonly #turns = new Map<string, ShownTurn>();
  readonly #marked = new Set<string>();
  readonly #closing = new Set<Promise<void>>();

  constructor(parts: ProgressParts) {
    this.#parts = parts;
    this.#signs = new ThreadSigns(parts.log);
  }

  cardOf(turn: string): string | undefined {
    return this.#turns.get(turn)?.card.ts;
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#closing, this.#signs.settled()]);
  }

  hear({ type, session, turn, data }: Envelope): void {
    if (session === undefined || turn === undefined) return;
    const shown = this.#turns.get(turn);
    if (type === 'turn.queued') this.#mark({ session, turn }, turnQueued.parse(data).ts, true);
    if (type === 'turn.started') this.#begin({ session, turn }, data);
    if (type === 'session.restored' && shown !== undefined) this.#showLine(shown, stageLines.working);
    if (type === 'agent.text') shown?.card.add(agentText.parse(data).text);
    if (type === 'turn.asked' && shown !== undefined) this.#rest(shown, turnAsked.parse(data).isOpen);
    if (type === 'turn.finished') this.#finish({ session, turn }, data);
  }

  #begin({ session, turn }: Turn, data: Envelope['data']): void {
    const { ts, title, try: tryNumber, restoring } = turnStarted.parse(data);
    this.#mark({ session, turn }, ts, false);
    const card = new ProgressCard(this.#parts, { session, turn, ts, title, isRepeated: tryNumber > 1 });
    const refresh = setInterval(() => this.#showLine(shown, shown.line), REFRESH_MS).unref();
    const shown: ShownTurn = { session, turn, ts, card, refresh, line: '' };
    this.#turns.set(turn, shown);
    this.#showLine(shown, restoring ? stageLines.restoring : stageLines.working);
  }

  /** It goes on when its person has decided. */
  #rest(shown: ShownTurn, isWaiting: boolean): void {
    shown.card.pause(isWaiting);
    this.#showLine(shown, isWaiting ? stageLines.waiting : stageLines.working);
  }

  #finish({ session, turn }: Turn, data: Envelope['data']): void {
    const { ts, stopReason, more } = turnFinished.parse(data);
    this.#mark({ session, turn }, ts, false);
    const shown = this.#turns.get(turn);
    this.#turns.delete(turn);
    if (shown !== undefined) {
      clearInterval(shown.refresh);
      const closed = shown.card.close().finally(() => this.#closing.delete(closed));
      this.#closing.add(closed);
    }
    const isWorking = more || [...this.#turns.values()].some((other) => other.session === session);
    // The status of a turn that a successor runs again stays: for the person it goes on.
    if (isWorking || stopReason === 'handed_over') return;
    this.#signs.show(session, () => this.#parts.status.rest(threadOf(session), ts));
  }

  #mark({ session, turn }: Turn, ts: string, on: boolean): void {
    if (this.#marked.has(turn) === on) return;
    if (on) this.#marked.add(turn);
    else this.#marked.delete(turn);
    this.#signs.show(session, () => this.#parts.status.mark(threadOf(session).channel, ts, 'queued', on));
  }

  #showLine(shown: ShownTurn, line: string): void {
    shown.line = line;
    this.#signs.show(shown.session, () => this.#parts.status.stage(threadOf(shown.session), line, shown.ts));
  }
}

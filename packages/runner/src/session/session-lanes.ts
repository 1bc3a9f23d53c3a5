// Stage: every entry goes to the lane of its session; what is in hand already is skipped by its identity.
import type { Entry, SessionKey } from '@runnel/shared';
import type { TurnParts } from '../turn/turn-parts.ts';
import { SessionLane } from './session-lane.ts';
import { setAside } from './set-aside.ts';

export type LanesParts = {
  readonly parts: Omit<TurnParts, 'letGo' | 'lackCredential' | 'handOver'>;
  /** Identities of entries that are taken and not acknowledged. */
  readonly inHand: Set<string>;
  /** Something nobody foresaw: this runner has to end. */
  readonly fail: (reason: unknown) => void;
};

export class SessionLanes {
  readonly #parts: TurnParts;
  readonly #inHand: Set<string>;
  readonly #fail: (reason: unknown) => void;
  readonly #lanes = new Map<SessionKey, SessionLane>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #lacking = new AbortController();
  readonly #handedOver = new AbortController();
  #lastActivityEnd = performance.now();
  #state: 'open' | 'held' | 'closed' = 'open';

  constructor({ parts, inHand, fail }: LanesParts) {
    this.#parts = {
      ...parts,
      letGo: (identity) => void inHand.delete(identity),
      lackCredential: () => this.#lacking.abort(),
      handOver: () => this.#handedOver.abort(),
    };
    this.#inHand = inHand;
    this.#fail = fail;
  }

  /** Whether anything runs, waits or is being answered. A turn that waits for its person is idle. */
  get isBusy(): boolean {
    return this.#underWay.size > this.#waiting().length;
  }

  /** On the `performance.now()` clock; the start of the lanes where there was no activity. */
  get lastActivityEnd(): number {
    return Math.max(this.#lastActivityEnd, ...this.#waiting());
  }

  /** Since when the oldest ask waits for its person. */
  get waitingSince(): number | undefined {
    return this.#waiting().toSorted((one, other) => one - other)[0];
  }

  /** Aborted when a message was kept for want of a credential, or one came to the fleet: only a successor has it. */
  get lacking(): AbortSignal {
    return this.#lacking.signal;
  }

  /** Aborted when the rest is for the next runner. */
  get handedOver(): AbortSignal {
    return this.#handedOver.signal;
  }

  /** `cameLater`: after the whole of what waited for this runner. */
  take(entries: readonly Entry[], cameLater: boolean): void {
    if (this.#state === 'closed') return;
    const fresh = entries.filter((entry) => !this.#inHand.has(entry.identity));
    for (const { identity } of fresh) this.#inHand.add(identity);
    // All of them first: a stop further down must find the prompts before it still waiting.
    const own = cameLater ? fresh.filter((entry) => !this.#leavesToSuccessor(entry)) : fresh;
    const touched = new Set(own.map((entry) => this.#route(entry)).filter((lane) => lane !== undefined));
    if (this.#state === 'open') for (const lane of touched) this.#follow(lane.work());
  }

  /** Until `resume`, entries are taken and nothing is begun: a release is under way. */
  hold(): void {
    if (this.#state !== 'open') return;
    this.#state = 'held';
    for (const lane of this.#lanes.values()) lane.hold();
  }

  resume(): void {
    if (this.#state !== 'held') return;
    this.#state = 'open';
    for (const lane of this.#lanes.values()) this.#follow(lane.resume());
  }

  /** Ends the turns that have waited for their person since then. */
  park(since: number): void {
    for (const lane of this.#lanes.values()) if ((lane.waitingSince ?? Infinity) <= since) lane.park();
  }

  /** While nothing is begun. Resolves when all that waited for its person is parked. */
  parkAll(): Promise<void> {
    this.park(performance.now());
    return this.settled();
  }

  /** For good: running turns are canceled without an answer, settlements go on. */
  close(): void {
    this.#state = 'closed';
    for (const lane of this.#lanes.values()) lane.close();
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Sessions that had a turn in this life. */
  served(): SessionKey[] {
    return [...this.#lanes.values()].filter((lane) => lane.hadTurn).map((lane) => lane.session);
  }

  /** Its credential is one of a launcher that started after this runner. What it would run is for the next one; it stays in hand. */
  #leavesToSuccessor({ payload }: Entry): boolean {
    if (payload.type !== 'run_kept' || !this.#laneOf(payload.session).mayLack) return false;
    this.#lacking.abort();
    return true;
  }

  #laneOf(session: SessionKey): SessionLane {
    const lane = this.#lanes.get(session) ?? new SessionLane(this.#parts, session);
    this.#lanes.set(session, lane);
    return lane;
  }

  /** The lane that now has more to do. */
  #route(entry: Entry): SessionLane | undefined {
    const { id, identity, payload } = entry;
    if (payload.type === 'unreadable') {
      this.#follow(setAside(this.#parts, entry, payload.raw));
      return undefined;
    }
    const { session, author } = payload;
    const lane = this.#laneOf(session);
    if (payload.type === 'prompt') {
      const { ts, fileNames, files, text } = payload;
      lane.addPrompt({ id, identity, message: identity, session, author, ts, fileNames, files, text, edits: [] });
    } else {
      lane.addControl(entry, payload);
    }
    return lane;
  }

  /** Each such lane has one work under way, that of its turn. */
  #waiting(): number[] {
    return [...this.#lanes.values()].flatMap(({ waitingSince }) => waitingSince ?? []);
  }

  #follow(work: Promise<void>): void {
    const followed = work
      .catch((reason: unknown) => {
        // Whatever fails after the end is a consequence of it.
        if (!this.#parts.over.aborted) this.#fail(reason);
      })
      .finally(() => {
        this.#underWay.delete(followed);
        this.#lastActivityEnd = performance.now();
      });
    this.#underWay.add(followed);
  }
}

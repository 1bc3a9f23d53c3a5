// Stage: one session's entries, in the order of appending, one at a time; control entries act at once.
import type { ControlPayload, EntryRef, SessionKey } from '@runnel/shared';
import { isAfter } from '../read-inbox.ts';
import { triesSoFar } from '../turn/begin-turn.ts';
import { runsAlone } from '../turn/decide-try.ts';
import { runTurn } from '../turn/run-turn.ts';
import { settle, settleCovered } from '../turn/settle-turn.ts';
import { canSteer } from '../turn/steer-turn.ts';
import type { Prompt, TurnParts } from '../turn/turn-parts.ts';
import { actOnWaiting } from './act-on-waiting.ts';
import { actOnWork, isAboutWork } from './act-on-work.ts';
import { answerStop, isStop, shapeAgain, type Control } from './answer-lane.ts';
import { decideControl, type ActingControl } from './decide-control.ts';
import { activeTurn, finishTurn, type ActiveTurn, type FinishParts } from './finish-turn.ts';
import { hearWord } from './hear-word.ts';
import { HeldChoices } from './held-choices.ts';
import { HeldPrompts } from './held-prompts.ts';
import { holdBehind } from './hold-behind.ts';
import type { LaneParts } from './lane-parts.ts';
import { byId, PromptQueue, withEdits } from './prompt-queue.ts';
import { SessionAsks } from './session-asks.ts';

/** `later`: its turn comes when nothing runs; undefined: it goes with the prompt it acted on; else it is answered beside. */
type Acting = Promise<void> | 'later' | undefined;

export class SessionLane {
  readonly session: SessionKey;
  readonly #parts: LaneParts;
  readonly #queue: PromptQueue;
  readonly #held: HeldPrompts;
  readonly #choices: HeldChoices;
  readonly #asks: SessionAsks;
  readonly #finishing: FinishParts;
  #controls: Control[] = [];
  /** Stops whose settlement is under way. */
  #settling: readonly Control[] = [];
  #active: ActiveTurn | undefined;
  /** Aborted to look again while a slot is waited for. */
  #waiting: AbortController | undefined;
  #isClosing = false;
  #isHeld = false;
  #isPumping = false;
  #hadTurn = false;

  constructor(parts: TurnParts, session: SessionKey) {
    this.session = session;
    this.#queue = new PromptQueue(parts.tell);
    this.#held = new HeldPrompts(parts.manifest.session(session)?.held, parts.maxHeld);
    this.#parts = { ...parts, session, queue: this.#queue, held: this.#held };
    this.#choices = new HeldChoices(this.#parts);
    this.#asks = new SessionAsks(this.#parts);
    this.#finishing = {
      ...this.#parts,
      choices: this.#choices,
      asks: this.#asks,
      isClosing: () => this.#isClosing,
      waitingBefore: (id) => this.#uncoveredBefore(id),
    };
  }

  /** Whether a turn of this session ran, or was answered, in this life. */
  get hadTurn(): boolean {
    return this.#hadTurn;
  }

  /** Since when its turn does nothing but wait for its person, on the `performance.now()` clock. */
  get waitingSince(): number | undefined {
    return this.#asks.turn.waitingSince;
  }

  /** Whether something lacks a credential here. Of a turn that is under way that is noted before it is held. */
  get mayLack(): boolean {
    return this.#active !== undefined || this.#held.hasMarked;
  }

  addPrompt(prompt: Prompt): void {
    // What comes after a stop does not answer what it stops.
    if (!this.#controls.some(isStop) && this.#asks.turn.takeAnswer(prompt)) return;
    if (!this.#isCovered(prompt) && this.#choices.bringsAgain(prompt)) return;
    const active = this.#active;
    const wait = (): void => this.#queue.add(prompt, active !== undefined);
    if (active !== undefined && this.#isWordTo(active, prompt)) hearWord(this.#parts, active, { prompt, wait });
    else wait();
  }

  /** What comes after a stop does not belong to what it stops. */
  #isWordTo({ isCancelable, cancel }: ActiveTurn, prompt: Prompt): boolean {
    const isOpen = isCancelable && !cancel.signal.aborted && !this.#controls.some(isStop);
    return isOpen && canSteer(this.#parts, prompt) && !this.#isCovered(prompt);
  }

  addControl(ref: EntryRef, payload: ControlPayload): void {
    this.#controls.push({ id: ref.id, identity: ref.identity, payload });
    this.#controls.sort(byId);
  }

  /** Acts on what was added. Resolves when nothing of this session is left to do. */
  async work(): Promise<void> {
    const besides = this.#isClosing ? [] : [this.#asks.concludeOrphans(), ...this.#applyControls()];
    if (this.#controls.length > 0) this.#waiting?.abort();
    await Promise.all([...besides, this.#pump()]);
  }

  /** After what is under way nothing is begun, until `resume`. */
  hold(): void {
    this.#isHeld = true;
  }

  resume(): Promise<void> {
    this.#isHeld = false;
    return this.work();
  }

  /** Ends a turn that waits for its person: what is decided takes a turn of its own. */
  park(): void {
    const { open, waitingSince } = this.#asks.turn;
    if (this.#active === undefined || open === undefined || waitingSince === undefined) return;
    this.#active.parked = { ...open, isParked: true };
    this.#asks.parked.add(this.#active.parked);
    this.#active.cancel.abort();
  }

  /** Nothing new is begun; a running turn is canceled without an answer, for the successor to run again, or parked. */
  close(): void {
    this.#isClosing = true;
    this.#waiting?.abort();
    this.park();
    if (this.#active?.isCancelable === true) this.#active.cancel.abort();
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#isOpen && !this.#parts.over.aborted) {
        const step = this.#nextStep();
        if (step === undefined) return;
        await step();
        // What came meanwhile for the queue that stands now.
        if (this.#isOpen) await Promise.all(this.#applyControls());
      }
    } finally {
      this.#isPumping = false;
    }
  }

  get #isOpen(): boolean {
    return !this.#isClosing && !this.#isHeld;
  }

  #nextStep(): (() => Promise<unknown>) | undefined {
    const covered = [...this.#choices.owed, ...this.#queue.all, ...this.#controls].find((one) => this.#isCovered(one));
    if (covered !== undefined) return () => this.#settleCovered(covered);
    if (this.#controls.some(isStop)) return () => this.#stopQueued();
    const { done } = this.#choices;
    if (done !== undefined) return () => this.#choices.settleDone(done);
    const { expired } = this.#asks;
    if (expired !== undefined) return () => this.#asks.settleExpired(expired);
    const { first } = this.#queue;
    return this.#choices.ahead(first, this.#asks.parked) ?? (first && (() => this.#turn(first)));
  }

  /** Looked up right before anything is done for an entry, never at reading. */
  #isCovered({ identity }: EntryRef): boolean {
    return this.#parts.manifest.covered(this.session, identity) !== undefined;
  }

  /** Lets every control act that can at once. Returns what of it is answered beside a running turn. */
  #applyControls(): Promise<void>[] {
    const pending = this.#controls;
    this.#controls = [];
    return pending.flatMap((control) => {
      const besides = this.#isCovered(control) || this.#isBehindStop(control) ? 'later' : this.#apply(control);
      if (besides === 'later') this.#controls.push(control);
      return besides instanceof Promise ? [besides] : [];
    });
  }

  /** A stop takes its time: what comes after it speaks of what it leaves. */
  #isBehindStop(control: Control): boolean {
    const unsettled = [...this.#controls, ...(this.#active?.controls ?? []), ...this.#settling];
    return !isStop(control) && unsettled.some((one) => isStop(one) && isAfter(control.id, one.id));
  }

  #apply({ payload, ...ref }: Control): Acting {
    if (isAboutWork(payload)) return actOnWork(this.#parts, { ...ref, payload });
    if (payload.type === 'run_now' || payload.type === 'discard') {
      return this.#choices.act({ ...ref, payload }, this.#active !== undefined);
    }
    if (payload.type === 'run_kept') return this.#choices.addRunKept({ ...ref, payload });
    if (payload.type === 'decision') return this.#asks.act({ ...ref, payload }, this.#active !== undefined);
    return this.#act({ ...ref, payload });
  }

  #act(control: EntryRef & { readonly payload: ActingControl }): Acting {
    const active = this.#active;
    // Whether the agent hears that word is not known yet.
    if (control.payload.type !== 'stop' && active?.words.has(control.payload.target) === true) return 'later';
    const isRunning = active?.isCancelable === true && isAfter(control.id, active.prompt.id);
    const before = this.#uncoveredBefore(control.id);
    const decision = decideControl(control.payload, {
      queued: before.map((prompt) => prompt.message),
      running: isRunning ? active.prompt.message : undefined,
      held: this.#held.messages,
      parked: this.#asks.parked.messages,
    });
    if (decision.kind === 'stop') return 'later';
    if (decision.kind === 'withdraw_parked') return this.#asks.withdraw(decision.target, control);
    if (decision.kind !== 'cancel') return actOnWaiting(this.#parts, control, decision);
    active?.controls.push(control);
    active?.cancel.abort();
    return undefined;
  }

  async #stopQueued(): Promise<void> {
    const stops = this.#controls.filter((control) => isStop(control) && !this.#isCovered(control));
    const last = stops.at(-1);
    if (last === undefined) return;
    this.#controls = this.#controls.filter((control) => !stops.includes(control));
    this.#settling = stops;
    const waiting = { stop: last, stopped: this.#uncoveredBefore(last.id) };
    const { held, asked, entries, ...stopped } = holdBehind(this.#finishing, waiting);
    await settle(this.#parts, {
      session: this.session,
      entries: [...entries, ...stops],
      answer: answerStop(this.#parts, last, stopped),
      held,
      asked,
      save: false,
    });
    await this.#asks.conclude(stopped.parked);
    this.#settling = [];
  }

  async #settleCovered(first: EntryRef): Promise<void> {
    const covered = this.#parts.manifest.covered(this.session, first.identity);
    if (covered === undefined) return;
    const isSame = (one: EntryRef): boolean => {
      const other = this.#parts.manifest.covered(this.session, one.identity);
      return one === first || (covered.deliveryId !== '' && other?.deliveryId === covered.deliveryId);
    };
    const prompts = this.#queue.all.filter(isSame);
    const controls = this.#controls.filter(isSame);
    const owed = this.#choices.pay(isSame);
    this.#queue.remove(prompts);
    this.#controls = this.#controls.filter((control) => !controls.includes(control));
    const about = { session: this.session, entries: [...owed, ...prompts.flatMap(withEdits), ...controls] };
    const shape = shapeAgain(covered.reply, { controls, prompts }, this.#held.openTo);
    await settleCovered(this.#parts, { ...about, ...shape }, covered);
    this.#hadTurn ||= prompts.length + owed.length > 0;
    for (const prompt of prompts) this.#queue.tellFinished(prompt, 'end_turn');
  }

  async #turn(prompt: Prompt): Promise<void> {
    const { slots } = this.#parts;
    const alone = runsAlone(await triesSoFar(this.#parts, prompt));
    if (!slots.isFree(alone)) this.#queue.tellQueued(prompt);
    using slot = await this.#waitForSlot(alone);
    // While it waited it may have been withdrawn, edited, or stopped.
    if (slot === undefined || this.#nextPrompt() !== prompt) return;
    this.#queue.remove([prompt]);
    this.#hadTurn = true;
    const active = (this.#active = activeTurn(this.#asks.resume(prompt)));
    const { signal } = active.cancel;
    try {
      const turn = { prompt: active.prompt, ask: this.#asks.turn.begin(active.prompt, signal) };
      const outcome = await runTurn(this.#parts, turn, signal);
      active.isCancelable = false;
      active.ended.abort();
      await Promise.all(active.steering);
      const again = await finishTurn(this.#finishing, active, outcome);
      this.#controls = [...again, ...this.#controls].toSorted(byId);
    } finally {
      this.#active = undefined;
    }
  }

  /** Undefined when something happened that must be looked at first. */
  async #waitForSlot(alone: boolean): Promise<Disposable | undefined> {
    const waiting = (this.#waiting = new AbortController());
    // A control that came while the tries were looked up is looked at first.
    if (this.#isClosing || this.#controls.length > 0) return undefined;
    try {
      return await this.#parts.slots.take(alone, AbortSignal.any([waiting.signal, this.#parts.over]));
    } catch {
      return undefined;
    } finally {
      this.#waiting = undefined;
    }
  }

  /** The prompt whose turn it is, unless a control comes first. */
  #nextPrompt(): Prompt | undefined {
    return this.#isClosing || this.#controls.length > 0 ? undefined : this.#queue.first;
  }

  #uncoveredBefore(id: string): Prompt[] {
    return this.#queue.before(id).filter((prompt) => !this.#isCovered(prompt));
  }
}

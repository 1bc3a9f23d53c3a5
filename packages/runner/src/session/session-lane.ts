// Stage: one session's entries, in the order of appending, one at a time; control entries act at once.
import type { ControlPayload, EntryRef, SessionKey } from '@runnel/shared';
import { keepTrying } from '../keep-trying.ts';
import type { TurnFinished } from '../progress/turn-events.ts';
import { isAfter } from '../read-inbox.ts';
import { runsAlone } from '../turn/decide-try.ts';
import { runTurn, type TurnOutcome } from '../turn/run-turn.ts';
import { checkpoint, settle, settleCovered } from '../turn/settle-turn.ts';
import type { Prompt, TurnParts } from '../turn/turn-parts.ts';
import { answerPrompt, answerStop, answerTooLate, type Control } from './answer-lane.ts';
import { decideControl } from './decide-control.ts';

type ActiveTurn = {
  readonly prompt: Prompt;
  readonly cancel: AbortController;
  /** Controls that canceled it and are answered with it. */
  readonly controls: Control[];
  /** False from the agent's last word on: its answer is on the way. */
  isCancelable: boolean;
};

export class SessionLane {
  readonly #parts: TurnParts;
  readonly #session: SessionKey;
  #queue: Prompt[] = [];
  #controls: Control[] = [];
  #active: ActiveTurn | undefined;
  /** Aborted to look again while a slot is waited for. */
  #waiting: AbortController | undefined;
  #isClosing = false;
  #isPumping = false;
  #hadTurn = false;

  constructor(parts: TurnParts, session: SessionKey) {
    this.#parts = parts;
    this.#session = session;
  }

  get session(): SessionKey {
    return this.#session;
  }

  /** Whether a turn of this session ran, or was answered, in this life. */
  get hadTurn(): boolean {
    return this.#hadTurn;
  }

  addPrompt(prompt: Prompt): void {
    this.#queue.push(prompt);
    this.#queue.sort(byId);
    if (this.#active !== undefined || this.#queue.length > 1) this.#tellQueued(prompt);
  }

  addControl(ref: EntryRef, payload: ControlPayload): void {
    this.#controls.push({ id: ref.id, identity: ref.identity, payload });
    this.#controls.sort(byId);
  }

  /** Acts on what was added. Resolves when nothing of this session is left to do. */
  async work(): Promise<void> {
    const besides = this.#isClosing ? [] : this.#applyControls();
    if (this.#controls.length > 0) this.#waiting?.abort();
    await Promise.all([...besides, this.#pump()]);
  }

  /** Nothing new is begun; a running turn is canceled without an answer, for the successor to run again. */
  close(): void {
    this.#isClosing = true;
    this.#waiting?.abort();
    if (this.#active?.isCancelable === true) this.#active.cancel.abort();
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (!this.#isClosing && !this.#parts.over.aborted) {
        const step = this.#nextStep();
        if (step === undefined) return;
        await step();
        // What came meanwhile for the queue that stands now.
        if (!this.#isClosing) await Promise.all(this.#applyControls());
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #nextStep(): (() => Promise<unknown>) | undefined {
    const covered = [...this.#queue, ...this.#controls].find((one) => this.#isCovered(one));
    if (covered !== undefined) return () => this.#settleCovered(covered);
    if (this.#controls.some((control) => control.payload.type === 'stop')) return () => this.#stopQueued();
    const [first] = this.#queue;
    return first === undefined ? undefined : () => this.#turn(first);
  }

  /** Looked up right before anything is done for an entry, never at reading. */
  #isCovered({ identity }: EntryRef): boolean {
    return this.#parts.manifest.covered(this.#session, identity) !== undefined;
  }

  /** Lets every control act that can at once. Returns what of it is answered beside a running turn. */
  #applyControls(): Promise<void>[] {
    const pending = this.#controls;
    this.#controls = [];
    return pending.flatMap((control) => {
      const besides = this.#isCovered(control) ? 'later' : this.#apply(control);
      if (besides === 'later') this.#controls.push(control);
      return besides instanceof Promise ? [besides] : [];
    });
  }

  /** `later`: its turn comes when nothing runs; undefined: it goes with the prompt it acted on. */
  #apply(control: Control): Promise<void> | 'later' | undefined {
    const active = this.#active;
    const isRunning = active?.isCancelable === true && isAfter(control.id, active.prompt.id);
    const before = this.#uncoveredBefore(control.id);
    const decision = decideControl(control.payload, {
      queued: before.map((prompt) => prompt.identity),
      running: isRunning ? active.prompt.identity : undefined,
    });
    switch (decision.kind) {
      case 'cancel':
        active?.controls.push(control);
        active?.cancel.abort();
        return undefined;
      case 'stop':
        return 'later';
      case 'replace':
        return this.#replace(before, control);
      case 'withdraw': {
        const withdrawn = this.#withdraw(before.filter((prompt) => prompt.identity === decision.target));
        return this.#settleSilently([...withdrawn.flatMap(withEdits), control]);
      }
      case 'too_late_to_edit':
        return settle(this.#parts, {
          session: this.#session,
          entries: [control],
          answer: answerTooLate(control),
          save: false,
        });
      case 'nothing':
        return this.#settleSilently([control]);
    }
  }

  /** The edit stays in the inbox with its prompt, so that it changes it again after a crash. */
  #replace(before: readonly Prompt[], { payload, id, identity }: Control): undefined {
    if (payload.type !== 'edit') return;
    const target = before.find((prompt) => prompt.identity === payload.target);
    if (target === undefined) return;
    target.text = payload.text;
    target.edits.push({ id, identity });
  }

  #settleSilently(entries: readonly EntryRef[]): Promise<void> {
    return settle(this.#parts, { session: this.#session, entries, save: false });
  }

  async #stopQueued(): Promise<void> {
    const stops = this.#controls.filter((control) => control.payload.type === 'stop' && !this.#isCovered(control));
    const last = stops.at(-1);
    if (last === undefined) return;
    this.#controls = this.#controls.filter((control) => !stops.includes(control));
    const withdrawn = this.#withdraw(this.#uncoveredBefore(last.id));
    const entries = [...withdrawn.flatMap(withEdits), ...stops];
    await settle(this.#parts, {
      session: this.#session,
      entries,
      answer: answerStop(this.#parts, last, withdrawn),
      save: false,
    });
  }

  async #settleCovered(first: EntryRef): Promise<void> {
    const covered = this.#parts.manifest.covered(this.#session, first.identity);
    if (covered === undefined) return;
    const isSame = (one: EntryRef): boolean => {
      const other = this.#parts.manifest.covered(this.#session, one.identity);
      return one === first || (covered.deliveryId !== '' && other?.deliveryId === covered.deliveryId);
    };
    const prompts = this.#queue.filter(isSame);
    const controls = this.#controls.filter(isSame);
    this.#queue = this.#queue.filter((prompt) => !prompts.includes(prompt));
    this.#controls = this.#controls.filter((control) => !controls.includes(control));
    const mention = controls.find((control) => control.payload.type === 'stop')?.payload.author;
    await settleCovered(
      this.#parts,
      { session: this.#session, entries: [...prompts.flatMap(withEdits), ...controls], mention },
      covered,
    );
    this.#hadTurn ||= prompts.length > 0;
    for (const prompt of prompts) this.#tellFinished(prompt, 'end_turn');
  }

  async #turn(prompt: Prompt): Promise<void> {
    const { delivery, lease, slots } = this.#parts;
    const alone = runsAlone(await keepTrying(() => delivery.tries(lease.holder.user, prompt.id), this.#parts));
    if (!slots.isFree(alone)) this.#tellQueued(prompt);
    using slot = await this.#waitForSlot(alone);
    // While it waited it may have been withdrawn, edited, or stopped.
    if (slot === undefined || this.#nextPrompt() !== prompt) return;
    this.#queue = this.#queue.filter((one) => one !== prompt);
    this.#hadTurn = true;
    const active: ActiveTurn = { prompt, cancel: new AbortController(), controls: [], isCancelable: true };
    this.#active = active;
    try {
      const outcome = await runTurn(this.#parts, prompt, active.cancel.signal);
      active.isCancelable = false;
      await this.#finish(active, outcome);
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
    return this.#isClosing || this.#controls.length > 0 ? undefined : this.#queue[0];
  }

  async #finish(active: ActiveTurn, outcome: TurnOutcome): Promise<void> {
    const { prompt, controls } = active;
    if (outcome.kind === 'gone') {
      // Another id or another runner has it; what was to act on it is looked at anew.
      this.#controls = [...controls, ...this.#controls].toSorted(byId);
      for (const { identity } of withEdits(prompt)) this.#parts.letGo(identity);
      this.#tellFinished(prompt, 'withdrawn');
      return;
    }
    const isCanceled = outcome.kind === 'finished' && outcome.stopReason === 'canceled';
    if (isCanceled && controls.length === 0 && this.#isClosing) {
      await checkpoint(this.#parts, this.#session);
      this.#tellFinished(prompt, 'handed_over');
      return;
    }
    // A turn that was over before the cancel reached it is answered; then there may be nothing left to stop.
    if (!isCanceled) this.#controls = [...controls.splice(0), ...this.#controls].toSorted(byId);
    const lastStop = controls.findLast((control) => control.payload.type === 'stop');
    const withdrawn = lastStop === undefined ? [] : this.#withdraw(this.#uncoveredBefore(lastStop.id));
    await settle(this.#parts, {
      session: this.#session,
      entries: [...withEdits(prompt), ...withdrawn.flatMap(withEdits), ...controls],
      answer: answerPrompt(this.#parts, { prompt, outcome, controls, withdrawn }),
      save: outcome.kind === 'finished',
      card: this.#parts.cardOf(prompt.identity),
      ...(outcome.kind === 'dead' ? { dead: 'too_many_tries' } : {}),
    });
    this.#tellFinished(prompt, outcome.kind === 'dead' ? 'dead' : outcome.stopReason);
  }

  #uncoveredBefore(id: string): Prompt[] {
    return this.#queue.filter((prompt) => isAfter(id, prompt.id) && !this.#isCovered(prompt));
  }

  #withdraw(prompts: Prompt[]): Prompt[] {
    this.#queue = this.#queue.filter((prompt) => !prompts.includes(prompt));
    for (const prompt of prompts) this.#tellFinished(prompt, 'withdrawn');
    return prompts;
  }

  #tellQueued({ identity, ts }: Prompt): void {
    this.#parts.tell({ type: 'turn.queued', session: this.#session, turn: identity, data: { ts } });
  }

  #tellFinished({ identity, ts }: Prompt, stopReason: TurnFinished['stopReason']): void {
    const data: TurnFinished = { ts, stopReason, more: this.#queue.length > 0 };
    this.#parts.tell({ type: 'turn.finished', session: this.#session, turn: identity, data });
  }
}

function byId(one: EntryRef, other: EntryRef): number {
  if (one.id === other.id) return 0;
  return isAfter(one.id, other.id) ? 1 : -1;
}

function withEdits(prompt: Prompt): EntryRef[] {
  return [prompt, ...prompt.edits];
}

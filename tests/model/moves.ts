// What can happen next in a state, collected while the steps of each process are gone through.
import type { Call, Outcome, ScriptSettings } from './calls.ts';
import type { ScriptBook } from './script-book.ts';
import type { State, Store } from './state.ts';
import { storeAfter } from './truth.ts';
import type { Fault, Rule, World } from './world.ts';

/** An invariant does not hold; the message says which. */
export class Broken extends Error {}

export type Step = { readonly label: string; readonly isFault: boolean; readonly state: State };

export const defaultSettings: ScriptSettings = { maxBacklog: 9, circuitAfter: 9 };

export class Moves {
  readonly steps: Step[] = [];
  readonly world: World;
  readonly state: State;
  readonly book: ScriptBook;

  constructor(world: World, state: State, book: ScriptBook) {
    this.world = world;
    this.state = state;
    this.book = book;
  }

  add(label: string, change: Partial<State>): void {
    this.steps.push({ label, isFault: false, state: { ...this.state, ...change } });
  }

  /** A step that counts as one of the world's faults. */
  fault(label: string, change: Partial<State>): void {
    this.steps.push({ label, isFault: true, state: { ...this.state, ...change, faults: this.state.faults - 1 } });
  }

  mayFail(kind: Fault): boolean {
    return this.state.faults > 0 && this.world.faults?.includes(kind) === true;
  }

  /** Whether the processes of this world keep that rule. */
  keeps(rule: Rule): boolean {
    return this.world.without?.includes(rule) !== true;
  }

  /** Runs a script on the keys of this state; what follows from it is added by `then`. */
  call(call: Call, then: (outcome: Outcome, store: Store) => void): void {
    const outcome = this.book.run(this.state.store.keys, call);
    if (outcome === undefined) return;
    if (outcome.broken !== undefined) throw new Broken(outcome.broken);
    this.#checkGeneration(outcome);
    then(outcome, storeAfter(this.state.store, call, outcome));
  }

  /** A generation that somebody has is never given again. */
  #checkGeneration({ keys }: Outcome): void {
    if (keys.generation === this.state.store.keys.generation) return;
    const { runners, pod } = this.state;
    const isTaken = pod?.generation === keys.generation || runners.some((one) => one.generation === keys.generation);
    if (isTaken) throw new Broken('a generation was given a second time, though a pod has it');
  }
}

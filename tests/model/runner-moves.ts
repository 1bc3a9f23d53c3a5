// How the steps of one runner change a state, whichever step it is.
import type { Call } from './calls.ts';
import { isHeldBy } from './keys.ts';
import { Broken, type Moves } from './moves.ts';
import { changeRunner, nameOf, type Change, type Runner } from './runner-part.ts';
import { isHolder, type PodEnd, type State } from './state.ts';

const WORKS_UNDER_THE_LEASE: ReadonlySet<string> = new Set(['begin', 'acknowledge', 'release']);

/** One runner at hand: how its steps change the state. */
export class RunnerMoves {
  readonly moves: Moves;
  readonly runner: Runner;
  readonly name: string;

  constructor(moves: Moves, runner: Runner) {
    this.moves = moves;
    this.runner = runner;
    this.name = nameOf(runner);
  }

  /** The runner as it is then, beside what else changes. */
  add(label: string, runner: Change, change: Partial<State> = {}): void {
    this.moves.add(`${this.name} ${label}`, { runners: this.#with(changeRunner(this.runner, runner)), ...change });
  }

  fault(label: string, runner: Change, change: Partial<State> = {}): void {
    this.moves.fault(`${this.name} ${label}`, { runners: this.#with(changeRunner(this.runner, runner)), ...change });
  }

  /** Its process ends. Only a pod whose object is still there is seen to end; a second pod that was not needed says nothing. */
  exit(label: string, end: PodEnd, change: Partial<State> = {}): void {
    const { late, claim, generation, owner } = this.runner;
    const isNeeded = change.store === undefined && !late && claim !== 'lost';
    if (isNeeded && isHeldBy(this.moves.state.store.keys, generation, owner)) {
      throw new Broken(`${this.name} ends itself though it holds everything`);
    }
    this.moves.add(`${this.name} ${label}`, { ...this.#gone(end), ...change });
  }

  die(label: string, end: PodEnd): void {
    this.moves.fault(`${this.name} ${label}`, this.#gone(end));
  }

  call(call: Omit<Call, 'generation' | 'owner'>, then: Parameters<Moves['call']>[1]): void {
    const { generation, owner } = this.runner;
    const { holder } = this.moves.state.store.truth;
    this.moves.call({ generation, owner, ...call }, (outcome, store) => {
      const isYes = WORKS_UNDER_THE_LEASE.has(call.verb) && outcome.answer.kind !== 'lost';
      if (isYes && !isHolder(this.runner, holder)) {
        throw new Broken(`${this.name} goes on working (${call.verb}) though another one has acquired the lease`);
      }
      then(outcome, store);
    });
  }

  /** The others, who have written the manifest before us, find out when they write it next. */
  othersSuperseded(): Runner[] {
    const { covered } = this.moves.state.manifest;
    return this.moves.state.runners.map((other) => {
      if (other === this.runner) return other;
      if (other.claim === 'read') return changeRunner(other, { claim: 'stale' });
      return other.claim === 'owned' ? changeRunner(other, { claim: 'lost', view: covered }) : other;
    });
  }

  withOthers(others: readonly Runner[], change: Change): Runner[] {
    return others.map((one) => (one === this.runner ? changeRunner(one, change) : one));
  }

  #with(runner: Runner): Runner[] {
    return this.moves.state.runners.map((one) => (one === this.runner ? runner : one));
  }

  #gone(end: PodEnd): Partial<State> {
    const { state } = this.moves;
    const { generation, owner, attached } = this.runner;
    const runners = state.runners.filter((one) => one !== this.runner);
    if (!attached) return { runners };
    const isTwin = runners.some((one) => one.attached && one.generation === generation);
    if (end === 'busy' && isTwin) return { runners };
    return {
      runners,
      ends: end === 'busy' ? state.ends : [...state.ends, { generation, owner, end }],
      pod: state.pod?.generation === generation ? { generation, owner, end } : state.pod,
    };
  }
}

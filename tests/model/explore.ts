// Goes through every interleaving of a world, breadth first, so that the first fault it meets has a shortest trace.
import { setImmediate as breathe } from 'node:timers/promises';
import { Canonical } from './canonical.ts';
import { checkState, checkStep, isGoodEnd } from './check-state.ts';
import { addIngressSteps } from './ingress-steps.ts';
import { keysOf, noKeys } from './keys.ts';
import { addLauncherSteps } from './launcher-steps.ts';
import { Broken, defaultSettings, Moves, type Step } from './moves.ts';
import { replayTrace } from './replay-trace.ts';
import { bootRunner, changeRunner } from './runner-part.ts';
import { addRunnerSteps } from './runner-steps.ts';
import { ScriptBook, type ScriptMemory } from './script-book.ts';
import { StateGraph } from './state-graph.ts';
import { StateTexts } from './state-texts.ts';
import { emptyState, noTruth, type State } from './state.ts';
import { addTimeSteps } from './time-steps.ts';
import type { World } from './world.ts';

export type Report = {
  readonly world: World;
  readonly states: number;
  readonly transitions: number;
  /** Calls of scripts that the real Redis ran for it. */
  readonly calls: number;
  readonly depth: number;
  readonly seconds: number;
  /** What is broken, and how it comes to it; undefined when the world is safe and nothing is stranded. */
  readonly fault: { readonly what: string; readonly trace: readonly string[] } | undefined;
  readonly isComplete: boolean;
};

const BREATHE_EVERY = 4_000;

export async function explore(world: World, memory: ScriptMemory, mostStates = Infinity): Promise<Report> {
  const startedAt = performance.now();
  const callsBefore = memory.calls;
  const settings = { ...defaultSettings, ...world.settings, slowClock: world.slowClock === true };
  const holdsContract = world.holdsContract !== false;
  const book = new ScriptBook(memory, { ...settings, edits: world.edits ?? [], holdsContract });
  const search = new Search(world, book);
  await search.begin();
  while (search.hasMore && search.graph.size < mostStates) await search.goDeeper();
  return {
    world,
    states: search.graph.size,
    transitions: search.transitions,
    calls: memory.calls - callsBefore,
    depth: search.depth,
    seconds: (performance.now() - startedAt) / 1_000,
    fault: search.fault,
    isComplete: !search.hasMore,
  };
}

class Search {
  readonly graph = new StateGraph();
  readonly #world: World;
  readonly #book: ScriptBook;
  readonly #canonical: Canonical;
  readonly #texts = new StateTexts();
  #first = emptyState;
  #frontier: { state: State; at: number }[] = [];
  #broken: { what: string; at: number; label?: string } | undefined;
  transitions = 0;
  depth = 0;

  constructor(world: World, book: ScriptBook) {
    this.#world = world;
    this.#book = book;
    this.#canonical = new Canonical(world.slowClock === true);
  }

  get hasMore(): boolean {
    return this.#broken === undefined && this.#frontier.length > 0;
  }

  get fault(): Report['fault'] {
    if (this.#broken !== undefined) return this.#tell(this.#broken);
    const stranded = this.#frontier.length > 0 ? undefined : this.graph.firstStranded();
    return stranded === undefined ? undefined : this.#tell({ what: 'stranded', at: stranded });
  }

  #tell({ what, at, label }: { what: string; at: number; label?: string }): NonNullable<Report['fault']> {
    const labels = replayTrace({
      first: this.#first,
      path: this.graph.pathTo(at),
      stepsFrom: (state) => this.#stepsFrom(state, at),
      canonical: this.#canonical,
      find: (state) => this.graph.find(this.#texts.of(state)),
    });
    return { what, trace: label === undefined ? labels : [...labels, label] };
  }

  async begin(): Promise<void> {
    const state = this.#canonical.of(await this.#firstState());
    this.#first = state;
    const { at } = this.graph.add(this.#texts.of(state), isGoodEnd(state, this.#world));
    this.#frontier = [{ state, at }];
  }

  /** One layer: states that ask the scripts something new are gone through once more when that was answered. */
  async goDeeper(): Promise<void> {
    let layer = this.#frontier;
    this.#frontier = [];
    this.depth += 1;
    while (layer.length > 0 && this.#broken === undefined) {
      const again: typeof layer = [];
      for (const [index, one] of layer.entries()) {
        if (index % BREATHE_EVERY === 0) await breathe();
        if (!this.#expand(one)) again.push(one);
        if (this.#broken !== undefined) return;
      }
      await this.#book.answer();
      layer = again;
    }
  }

  /** False when something is not known yet. */
  #expand({ state, at }: { state: State; at: number }): boolean {
    this.#book.missed = false;
    const steps = this.#stepsFrom(state, at);
    if (this.#book.missed) return false;
    for (const { label, isFault, state: next } of steps) {
      const what = checkStep(state, next, label);
      if (what !== undefined) this.#broken ??= { what, at, label };
      this.#visit(this.#canonical.of(next), { from: at, label, isFault });
    }
    return true;
  }

  #stepsFrom(state: State, at: number): Step[] {
    const moves = new Moves(this.#world, state, this.#book);
    try {
      addIngressSteps(moves);
      addTimeSteps(moves);
      addLauncherSteps(moves);
      for (const runner of state.runners) addRunnerSteps(moves, runner);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.#broken = { what: error.message, at };
    }
    return moves.steps;
  }

  #visit(state: State, by: { from: number; label: string; isFault: boolean }): void {
    this.transitions += 1;
    const { at, isNew } = this.graph.add(this.#texts.of(state), isGoodEnd(state, this.#world), by);
    if (!by.isFault) this.graph.connect(by.from, at);
    if (!isNew) return;
    const what = checkState(state);
    if (what !== undefined) this.#broken ??= { what, at };
    this.#frontier.push({ state, at });
  }

  async #firstState(): Promise<State> {
    const world = this.#world;
    const rest = { faults: world.atMost ?? 0, drains: world.drains ?? 0, reopens: world.reopens ?? 0 };
    let state: State = { ...emptyState, ...rest, ...(world.warm === true ? warmParts() : {}) };
    for (const name of world.sends.slice(0, world.waiting ?? 0)) {
      const call = { verb: 'enqueue', words: [name] } as const;
      if (this.#book.run(state.store.keys, call) === undefined) await this.#book.answer();
      const outcome = this.#book.run(state.store.keys, call);
      if (outcome === undefined) throw new Error('a script was not answered');
      const { ingresses, slack } = state;
      state = {
        ...state,
        store: { ...state.store, keys: outcome.keys },
        job: true,
        ingresses: [{ ...ingresses[0], next: ingresses[0].next + 1 }, ingresses[1]],
        slack: { ...slack, arrived: [...new Set([...slack.arrived, name])].toSorted() },
      };
    }
    return world.replica === true ? { ...state, replica: state.store } : state;
  }
}

/** A runner that has claimed, has read an empty inbox and waits. */
function warmParts(): Partial<State> {
  const holder = { generation: 1, owner: 'a' };
  const keys = keysOf({ ...noKeys, ...holder, state: 'running', deadline: 'ahead' });
  return {
    store: { keys, truth: { ...noTruth, holder } },
    runners: [changeRunner(bootRunner(1, 'a'), { phase: 'serving', claim: 'owned' })],
    pod: { ...holder, end: '' },
    manifest: { writer: holder, covered: [], held: undefined },
  };
}

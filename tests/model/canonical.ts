// Gives the generations of states small numbers, and forgets what nobody can meet again: so the space is finite.
import { renumberKeys, smallNumbers, type Keys, type Numbering } from './keys.ts';
import { isHolder, type Holder, type State, type Store, type Truth } from './state.ts';

export class Canonical {
  readonly #slowClock: boolean;
  readonly #numberings = new Map<number, Numbering>();
  readonly #renumbered = new WeakMap<Keys, Map<Numbering, Keys>>();

  constructor(slowClock: boolean) {
    this.#slowClock = slowClock;
  }

  of(state: State): State {
    const { store, replica, pod, runners, slack, manifest } = state;
    const numbering = this.numbering(state);
    const isGone = (one: Holder): boolean => !runners.some((runner) => isHolder(runner, one));
    return {
      ...state,
      store: this.#store(store, numbering, isGone),
      replica: replica === undefined || replica === store ? replica : this.#store(replica, numbering, isGone),
      job: state.job && store.keys.state === 'launching',
      hand: numbering.of(state.hand),
      pod: pod === undefined ? undefined : renumber(pod, numbering),
      ends: inOrder(state.ends, numbering),
      runners: inOrder(runners, numbering),
      manifest: isKept(manifest.writer, numbering, isGone)
        ? manifest
        : { ...manifest, writer: still(manifest.writer, numbering, isGone) },
      slack: store.keys.cause === '' && slack.told > 0 ? { ...slack, told: 0 } : slack,
    };
  }

  numbering(state: State): Numbering {
    const used = usedGenerations(state);
    const known = this.#numberings.get(used);
    if (known !== undefined) return known;
    const numbering = smallNumbers(used, this.#slowClock);
    this.#numberings.set(used, numbering);
    return numbering;
  }

  #store(store: Store, numbering: Numbering, isGone: IsGone): Store {
    const { truth } = store;
    const keys = this.#keys(store.keys, numbering);
    const isSame = isKept(truth.holder, numbering, isGone) && truth.tries.every(({ open }) => areKept(open, numbering));
    if (keys === store.keys && isSame) return store;
    return { keys, truth: isSame ? truth : numberedTruth(truth, numbering, isGone) };
  }

  #keys(keys: Keys, numbering: Numbering): Keys {
    if (numbering.isSame && keys.tries.every(({ open }) => open <= 0 || numbering.of(open) === open)) return keys;
    const known = this.#renumbered.get(keys) ?? new Map<Numbering, Keys>();
    const renumbered = known.get(numbering) ?? renumberKeys(keys, numbering.of);
    this.#renumbered.set(keys, known.set(numbering, renumbered));
    return renumbered;
  }
}

type IsGone = (holder: Holder) => boolean;

/** A bit for each. */
export function usedGenerations({ store, replica, hand, pod, runners, ends }: State): number {
  let used = (1 << store.keys.generation) | (1 << store.keys.causeOf) | (1 << hand);
  if (pod !== undefined) used |= 1 << pod.generation;
  if (replica !== undefined) used |= (1 << replica.keys.generation) | (1 << replica.keys.causeOf);
  for (const { generation } of runners) used |= 1 << generation;
  for (const { generation } of ends) used |= 1 << generation;
  return used;
}

function numberedTruth(truth: Truth, numbering: Numbering, isGone: IsGone): Truth {
  const tries = truth.tries.map((one) => ({
    ...one,
    open: one.open.map(numbering.of).filter((open) => open > 0),
  }));
  return { ...truth, tries, holder: still(truth.holder, numbering, isGone) };
}

function areKept(generations: readonly number[], numbering: Numbering): boolean {
  return generations.every((one) => numbering.of(one) === one);
}

function isKept(holder: Holder | undefined, numbering: Numbering, isGone: IsGone): boolean {
  return holder === undefined || (!isGone(holder) && numbering.of(holder.generation) === holder.generation);
}

function still(holder: Holder | undefined, numbering: Numbering, isGone: IsGone): Holder | undefined {
  return holder === undefined || isGone(holder) ? undefined : renumber(holder, numbering);
}

function inOrder<T extends Holder>(all: readonly T[], numbering: Numbering): readonly T[] {
  const [one, two] = all;
  if (
    numbering.isSame &&
    (one === undefined || two === undefined || (all.length === 2 && byGeneration(one, two) < 0))
  ) {
    return all;
  }
  return all.map((each) => renumber(each, numbering)).toSorted(byGeneration);
}

function renumber<T extends Holder>(one: T, numbering: Numbering): T {
  return numbering.isSame ? one : { ...one, generation: numbering.of(one.generation) };
}

function byGeneration(one: Holder, other: Holder): number {
  if (one.generation !== other.generation) return one.generation - other.generation;
  return one.owner < other.owner ? -1 : 1;
}

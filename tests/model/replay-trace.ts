// A trace as people read it: each generation keeps its number, from its launch to the end of the story.
import { usedGenerations, type Canonical } from './canonical.ts';
import type { Step } from './moves.ts';
import type { State } from './state.ts';

export type Replay = {
  readonly first: State;
  readonly path: readonly { readonly label: string; readonly at: number }[];
  readonly stepsFrom: (state: State) => readonly Step[];
  readonly canonical: Canonical;
  readonly find: (state: State) => number | undefined;
};

const MOST_GENERATIONS = 31;

export function replayTrace({ first, path, stepsFrom, canonical, find }: Replay): string[] {
  let state = first;
  let last = 0;
  // From the small number in a state to the one that people read.
  let names = new Map<number, number>();
  const nameAll = (of: State): void => {
    const used = usedGenerations(of);
    for (let one = 1; one < MOST_GENERATIONS; one += 1) {
      if ((used & (1 << one)) !== 0 && !names.has(one)) names.set(one, (last += 1));
    }
  };
  nameAll(first);
  return path.map(({ label, at }) => {
    const told = label.replaceAll(/\bg(\d+)/g, (_, one: string) => `g${names.get(Number(one)) ?? one}`);
    const step = stepsFrom(state).find((one) => one.label === label && find(canonical.of(one.state)) === at);
    if (step === undefined) throw new Error(`A trace cannot be gone through again: ${label}`);
    nameAll(step.state);
    const { of } = canonical.numbering(step.state);
    const used = usedGenerations(step.state);
    names = new Map([...names].filter(([one]) => (used & (1 << one)) !== 0).map(([one, name]) => [of(one), name]));
    state = canonical.of(step.state);
    return told;
  });
}

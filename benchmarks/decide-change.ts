// Pure policy: whether a figure differs from what the baseline keeps of it by more than its noise.
import { percentile, type Figure } from './figure.ts';

/** Of one figure: what some runs in a row measured. */
export type KeptFigure = {
  readonly unit: string;
  /** `ratio`: to the floor of the same run. */
  readonly of: 'ratio' | 'value';
  readonly better: 'lower' | 'higher';
  readonly measures: readonly number[];
};

export type Change = {
  readonly kind: 'same' | 'worse' | 'better';
  /** How many times as bad as the middle of the kept runs: below 1 it is better. */
  readonly factor: number;
  /** A factor beyond 1 + this, or below its inverse, is a change. */
  readonly noise: number;
};

/** A few runs in a row do not know how much an hour or another neighbour on the machine changes. */
const LEAST_NOISE = 0.2;
/** The range of three runs falls short of what comes in many. */
const RANGES = 2;

export function keptFigure(runs: readonly Figure[]): KeptFigure | undefined {
  const [first] = runs;
  if (first === undefined) return undefined;
  const of = first.floor === undefined ? 'value' : 'ratio';
  return { unit: first.unit, of, better: first.better ?? 'lower', measures: runs.map(measureOf) };
}

export function decideChange(kept: KeptFigure, figure: Figure): Change {
  const { measures, better } = kept;
  const middle = percentile(measures, 0.5);
  const range = (Math.max(...measures) - Math.min(...measures)) / middle;
  const noise = Math.max(LEAST_NOISE, RANGES * range);
  const measured = measureOf(figure);
  const factor = better === 'lower' ? measured / middle : middle / measured;
  if (factor > 1 + noise) return { kind: 'worse', factor, noise };
  return { kind: factor < 1 / (1 + noise) ? 'better' : 'same', factor, noise };
}

/** Against its floor where it has one: that takes most of the machine out of it. */
export function measureOf({ value, floor }: Figure): number {
  return floor === undefined ? value : value / floor.value;
}

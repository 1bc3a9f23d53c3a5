// A figure: what was measured, against which floor of the same run, and whether it meets its goal.

export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Without it less is better. */
  readonly better?: 'higher';
  /** Measured in the same run, on the same machine, in turn with the value. */
  readonly floor?: { readonly name: string; readonly value: number };
  readonly goal: { readonly text: string; readonly met: boolean };
  readonly detail?: string;
};

export type Benchmark = {
  readonly name: string;
  /** Runs only when it is asked for. */
  readonly isLong?: boolean;
  readonly run: () => Promise<Figure[]>;
};

/** Sorted copy's value at a share of its length, for example 0.5. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

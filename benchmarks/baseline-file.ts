// The committed baseline: what three runs in a row measured, on which machine.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { keptFigure, type KeptFigure } from './decide-change.ts';
import type { Figure } from './figure.ts';

export type Baseline = {
  readonly at: string;
  readonly node: string;
  readonly machine: string;
  readonly figures: Readonly<Record<string, KeptFigure>>;
};

const file = new URL('baseline.json', import.meta.url);

export function readBaseline(): Baseline {
  try {
    // oxlint-disable-next-line no-unsafe-type-assertion -- written below
    return JSON.parse(readFileSync(file, 'utf8')) as Baseline;
  } catch (error) {
    throw new Error('There is no baseline yet: npm run bench -- --baseline', { cause: error });
  }
}

/** Figures that were not measured now keep what they have. */
export function writeBaseline(runs: readonly (readonly Figure[])[]): void {
  const figures = new Map(Object.entries(tryRead()?.figures ?? {}));
  for (const [name, found] of Map.groupBy(runs.flat(), (figure) => figure.name)) {
    const kept = keptFigure(found);
    if (kept === undefined) continue;
    figures.set(name, { ...kept, measures: kept.measures.map((one) => Number(one.toPrecision(4))) });
  }
  const baseline: Baseline = {
    at: new Date().toISOString(),
    node: process.version,
    machine: thisMachine(),
    figures: Object.fromEntries(figures),
  };
  writeFileSync(file, `${JSON.stringify(baseline, undefined, 2)}\n`);
}

export function thisMachine(): string {
  const [first] = cpus();
  return `${cpus().length} x ${first?.model ?? 'unknown'}`;
}

function tryRead(): Baseline | undefined {
  try {
    return readBaseline();
  } catch {
    return undefined;
  }
}

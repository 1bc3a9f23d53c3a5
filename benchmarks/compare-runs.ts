// Says what got worse or better than the baseline, beyond its noise.
import { readBaseline, thisMachine } from './baseline-file.ts';
import { decideChange, measureOf, type Change } from './decide-change.ts';
import type { Benchmark, Figure } from './figure.ts';

/** Resolves with whether something got clearly worse: in two runs. */
export async function compareRuns(benchmarks: readonly Benchmark[], run: Run): Promise<boolean> {
  const baseline = readBaseline();
  if (baseline.machine !== thisMachine()) {
    console.error(`The baseline is of another machine (${baseline.machine}): only ratios can be compared.`);
  }
  const changeOf = (figure: Figure): Change | undefined => {
    const kept = baseline.figures[figure.name];
    return kept === undefined ? undefined : decideChange(kept, figure);
  };
  const isWorse = (figure: Figure): boolean => changeOf(figure)?.kind === 'worse';
  const rows = [];
  let worse = false;
  for (const benchmark of benchmarks) {
    const figures = await run(benchmark);
    // Seen twice it is no accident.
    const again = figures.some(isWorse) ? await run(benchmark) : figures;
    for (const [index, figure] of figures.entries()) {
      const second = again[index] ?? figure;
      const better = isWorse(figure) && !isWorse(second) ? second : figure;
      const change = changeOf(better);
      worse ||= change?.kind === 'worse';
      rows.push(describe(better, change, baseline.figures[figure.name]?.measures ?? []));
    }
  }
  console.table(rows);
  return worse;
}

type Run = (benchmark: Benchmark) => Promise<Figure[]>;

const WORDS = { worse: 'WORSE', better: 'better', same: '' } as const;

function describe(figure: Figure, change: Change | undefined, measures: readonly number[]) {
  const unit = figure.floor === undefined ? figure.unit : 'x floor';
  return {
    figure: figure.name,
    baseline: measures.map((one) => Number(one.toPrecision(3))).join(' '),
    now: `${Number(measureOf(figure).toPrecision(3))} ${unit}`,
    noise: change === undefined ? '' : `${Math.round(change.noise * 100)} %`,
    verdict:
      change === undefined
        ? 'new'
        : `${WORDS[change.kind]} ${change.kind === 'same' ? '' : factorText(change.factor)}`.trim(),
  };
}

function factorText(factor: number): string {
  return factor > 1 ? `${factor.toFixed(2)} times as bad` : `${(1 / factor).toFixed(2)} times as good`;
}

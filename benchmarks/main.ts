// `npm run bench`: measures, prints a table, writes it to benchmarks/results.json; or keeps a baseline, or compares with it.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { agentTurns } from './agent-turns.ts';
import { writeBaseline } from './baseline-file.ts';
import { checkpoints, largeCheckpoints } from './checkpoints.ts';
import { coldDelivery } from './cold-delivery.ts';
import { compareRuns } from './compare-runs.ts';
import { eventStages } from './event-stages.ts';
import type { Benchmark, Figure } from './figure.ts';
import { hotDelivery } from './hot-delivery.ts';
import { idleMemory } from './idle-memory.ts';
import { ingressThroughput } from './ingress-throughput.ts';
import { launchesOnCluster } from './launches-on-cluster.ts';
import { liveRunners } from './live-runners.ts';
import { runnerStart } from './runner-start.ts';
import { sweepRound } from './sweep-round.ts';
import { waitingLine } from './waiting-line.ts';
import { wakeToAnswer } from './wake-to-answer.ts';

const benchmarks: readonly Benchmark[] = [
  hotDelivery,
  coldDelivery,
  runnerStart,
  ingressThroughput,
  idleMemory,
  wakeToAnswer,
  eventStages,
  liveRunners,
  waitingLine,
  sweepRound,
  launchesOnCluster,
  checkpoints,
  largeCheckpoints,
  agentTurns,
];

const BASELINE_RUNS = 3;
const names = benchmarks.map(({ name, isLong }) => (isLong === true ? `${name} *` : name)).join('\n  ');
const help = `npm run bench -- [--compare | --baseline] [WORD...]

Measures, as ratios to floors of the same run where there is one. A WORD chooses the benchmarks whose name it is in;
those marked with * take minutes, and run only when they are asked for:
  ${names}

  --compare   says what got worse or better than benchmarks/baseline.json; exit code 1 if something got worse.
              Ratios are compared where there is a floor. Noise is twice the range of the baseline's runs, and at least
              20 %; what looks worse is measured again and must look so twice.
  --baseline  measures ${BASELINE_RUNS} times and keeps that as the baseline.
`;

const { values: wanted, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { compare: { type: 'boolean' }, baseline: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});
const chosen = benchmarks.filter(({ name, isLong }) =>
  words.length === 0 ? isLong !== true : words.some((word) => name.includes(word)),
);
if (wanted.help === true || chosen.length === 0) {
  console.log(chosen.length === 0 ? `No benchmark is called ${words.join(' ')}.\n\n${help}` : help);
  process.exit(chosen.length === 0 ? 1 : 0);
}
// What was started hears of the exit, and only of that.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

if (wanted.compare === true) {
  process.exitCode = (await compareRuns(chosen, run)) ? 1 : 0;
} else if (wanted.baseline === true) {
  const runs: Figure[][] = [];
  for (let n = 0; n < BASELINE_RUNS; n += 1) runs.push(await runAll());
  writeBaseline(runs);
} else {
  const figures = await runAll();
  const results = { at: new Date().toISOString(), node: process.version, figures };
  writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify(results, undefined, 2)}\n`);
}

async function runAll(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const benchmark of chosen) figures.push(...(await run(benchmark)));
  print(figures);
  return figures;
}

async function run(benchmark: Benchmark): Promise<Figure[]> {
  console.error(`${benchmark.name} ...`);
  return benchmark.run();
}

function print(figures: readonly Figure[]): void {
  console.table(
    figures.map(({ name, value, unit, floor, goal }) => ({
      figure: name,
      measured: `${value} ${unit}`,
      floor: floor === undefined ? '' : `${floor.value} (${(value / floor.value).toFixed(2)}x)`,
      goal: goal.text === 'none' ? '' : `${goal.text}: ${goal.met ? 'met' : 'MISSED'}`,
    })),
  );
  for (const { name, detail } of figures) if (detail !== undefined) console.log(`${name}: ${detail}`);
}

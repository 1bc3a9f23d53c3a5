// `npm run bench [NAME...]`: prints a table and writes it to benchmarks/results.json.
import { writeFileSync } from 'node:fs';
import { coldDelivery, hotDelivery } from './delivery-latency.ts';
import type { Benchmark, Figure } from './figure.ts';
import { idleMemory } from './idle-memory.ts';
import { ingressThroughput } from './ingress-throughput.ts';
import { runnerStart } from './runner-start.ts';
import { wakeToAnswer } from './wake-to-answer.ts';

const benchmarks: readonly Benchmark[] = [
  hotDelivery,
  coldDelivery,
  runnerStart,
  ingressThroughput,
  idleMemory,
  wakeToAnswer,
];

const wanted = process.argv.slice(2);
const chosen = benchmarks.filter(
  (benchmark) => wanted.length === 0 || wanted.some((word) => benchmark.name.includes(word)),
);
if (chosen.length === 0) {
  console.error(
    `No benchmark is called ${wanted.join(' ')}. There are: ${benchmarks.map((benchmark) => benchmark.name).join(', ')}.`,
  );
  process.exit(1);
}
// What was started hears of the exit, and only of that.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const figures: Figure[] = [];
for (const benchmark of chosen) {
  console.error(`${benchmark.name} ...`);
  figures.push(...(await benchmark.run()));
}
console.table(
  figures.map(({ name, value, unit, floor, goal }) => ({
    figure: name,
    measured: `${value} ${unit}`,
    floor: floor === undefined ? '' : `${floor.value} (${(value / floor.value).toFixed(2)}x)`,
    goal: `${goal.text}: ${goal.met ? 'met' : 'MISSED'}`,
  })),
);
for (const { name, detail } of figures) if (detail !== undefined) console.log(`${name}: ${detail}`);
const results = new URL('results.json', import.meta.url);
writeFileSync(
  results,
  `${JSON.stringify({ at: new Date().toISOString(), node: process.version, figures }, undefined, 2)}\n`,
);

// `npm test [-- --all] [-- FILTER ...]`: the tests that can run on this machine, or all of them.
// --all installs what is missing from Debian's packages (as root), runs the proofs too and lets no test be skipped.
import { closeSync, openSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { bootstrapWithRedis, root, withTools } from './bootstrap.mjs';
import { buildTools } from './bootstrap/build-tools.mjs';
import { findProgram } from './bootstrap/find-program.mjs';
import { canInstallDebianPackages, installDebianPackage } from './bootstrap/install-debian-package.mjs';
import { makeTestFolder } from './bootstrap/make-test-folder.mjs';
import { runApart } from './bootstrap/run-apart.mjs';
import { runNode } from './bootstrap/run-node.mjs';
import { Advice, stopWithAdvice } from './bootstrap/stop-with-advice.mjs';
import { buildAhead } from './images/build-ahead.mjs';
import { prepareNode } from './images/prepare-node.mjs';

// Parts of the whole, by the projects of vitest.config.ts: what every change is checked with, and what takes its time.
/** Most of these wait for other processes most of the time. */
const QUICK = { projects: ['unit', 'tests'], options: ['--maxWorkers=4'], isInMemory: true };
const PROOFS = { projects: ['proof'], isInMemory: true };
const ON_CLUSTER = { projects: ['cluster'], isInMemory: true };
/** Too large for the memory. */
const IMAGES = { projects: ['images', 'agent-images'] };
/** Has file systems of its own. */
const ON_NODE = { projects: ['node'], run: runApart };

const PROOFS_LEFT_OUT =
  'Left out: the proofs of the protocol, a matter of minutes (npm test -- --all runs them, and builds what they need).';

const CLUSTER_LEFT_OUT =
  'Left out: the tests on a Kubernetes, whose programs are built once, in about a quarter of an hour (npm test -- --all does both).';

const IMAGES_LEFT_OUT =
  'Left out: the tests of the images and those on a real node, which need root and some minutes (npm test -- --all).';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

await stopWithAdvice(async () => {
  const all = process.argv.includes('--all');
  const rest = process.argv.slice(2).filter((argument) => argument !== '--all');
  const { node, env } = await bootstrapWithRedis();
  if (all) await installTmux();
  const leftOut = [...(await findBrowser(all)), ...(all ? [] : [PROOFS_LEFT_OUT, CLUSTER_LEFT_OUT, IMAGES_LEFT_OUT])];

  const folder = makeTestFolder();
  const bundles = join(folder, 'bundles');
  // What the images hold is what the stories are told with; and it starts in half the time.
  const bundled = await runNode(node, ['docker/main.ts', bundles], { cwd: root, env });
  if (bundled !== 0) return bundled;
  if (all) await buildTools(root);
  const about = { node, rest, folder, env: { ...withTools(env), RUNNEL_BUNDLES: bundles } };
  const results = all ? await runAll(about) : await runStage([[QUICK]], about);
  const broken = results.find(({ totals }) => totals === undefined);
  if (broken !== undefined) return broken.code === 0 ? 1 : broken.code;
  return tell(results, { leftOut, skipsForbidden: all });
});

/** Prints what came of all parts; the last line is the count. Returns the exit code. */
function tell(results, { leftOut, skipsForbidden }) {
  const skippedNames = results.flatMap(({ totals }) => totals.skippedNames);
  const failures = results.flatMap(({ totals }) => totals.failures);
  const passed = results.reduce((total, { totals }) => total + totals.passed, 0);
  const [failed, skipped] = [failures.length, skippedNames.length];
  for (const name of skippedNames) console.log(`skipped: ${name}`);
  // Said where it is read: what vitest said of the first part may be twenty minutes up.
  for (const failure of failures) console.log(`failed: ${failure}`);
  for (const line of leftOut) console.log(line);
  const times = results.map(
    ({ what, seconds, busy, totals }) => `${what} ${totals.passed} in ${seconds} s (${busy} %)`,
  );
  if (results.length > 1) console.log(`Passed, and how busy the processors were: ${times.join(', ')}.`);
  const hasForbiddenSkips = skipsForbidden && skipped > 0;
  if (hasForbiddenSkips) console.log('With --all no test may be skipped.');
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  if (passed + failed + skipped === 0) return 1;
  return results.find(({ code }) => code !== 0)?.code ?? (hasForbiddenSkips ? 1 : 0);
}

/** Resolves to the lines that say what is left out. */
async function findBrowser(all) {
  if (findProgram(...BROWSERS) !== undefined) return [];
  if (!all) return ['Left out: the browser tests, as there is no Chromium here (npm test -- --all brings it).'];
  if (!canInstallDebianPackages()) {
    throw new Advice('With --all the browser tests need Chromium: install it, then run the command again.');
  }
  await installDebianPackage('chromium');
  return [];
}

/** The tests of programs with a screen are among the proofs. */
async function installTmux() {
  if (findProgram('tmux') !== undefined) return;
  if (!canInstallDebianPackages()) {
    throw new Advice(
      'With --all the tests of programs with a screen need tmux: install it, then run the command again.',
    );
  }
  await installDebianPackage('tmux');
}

/**
 * One after the other: a story's patience should not depend on what explores a state space beside it. Only what waits for nodes and
 * containers most of the time has company. A real node sets what holds for the whole machine, and puts it back: no two at a time.
 */
async function runAll(about) {
  const images = buildAhead(root);
  try {
    const results = await runStage([[QUICK]], about);
    let env = about.env;
    for (const lanes of [[[PROOFS]], [[ON_CLUSTER], [ON_NODE, IMAGES]]]) {
      if (results.some(({ totals }) => totals === undefined)) break;
      await images.ended;
      env = { ...env, ...(await prepareNode(root)) };
      results.push(...(await runStage(lanes, { ...about, env })));
    }
    return results;
  } finally {
    images.end();
  }
}

async function runStage(lanes, about) {
  return (await Promise.all(lanes.map((parts, lane) => runLane(parts, { ...about, lane })))).flat();
}

/** One part after the other, until one breaks. What the second lane says is shown when it has said it. */
async function runLane(parts, { lane, ...about }) {
  const results = [];
  for (const part of parts) {
    const result = lane === 0 ? await runPart(part, about) : await runHeldBack(part, about);
    results.push(result);
    if (result.totals === undefined) break;
  }
  return results;
}

async function runHeldBack(part, about) {
  const file = join(about.folder, `${part.projects[0]}.txt`);
  const output = openSync(file, 'w');
  try {
    return await runPart(part, { ...about, stdio: ['ignore', output, output] });
  } finally {
    closeSync(output);
    process.stdout.write(readFileSync(file));
  }
}

async function runPart({ projects, options = [], isInMemory = false, run = runNode }, about) {
  const { node, rest, folder, env, stdio = 'inherit' } = about;
  const what = projects.join(' and ');
  const totalsFile = join(folder, `${projects[0]}.json`);
  const [startedAt, before] = [performance.now(), readProcessors()];
  const reporters = ['--reporter=default', '--reporter=./scripts/write-test-totals.mjs'];
  const chosen = projects.map((name) => `--project=${name}`);
  const args = ['run', '--passWithNoTests', ...reporters, ...chosen, ...options, ...rest];
  const code = await run(node, ['node_modules/vitest/vitest.mjs', ...args], {
    cwd: root,
    env: { ...env, ...(isInMemory ? { TMPDIR: folder } : {}), TEST_TOTALS_FILE: totalsFile },
    stdio,
  });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const after = readProcessors();
  const busy = Math.round((100 * (after.busy - before.busy)) / (after.all - before.all));
  return { what, code, seconds, busy, totals: readTotals(totalsFile) };
}

/** What all processors of this machine did since it started, milliseconds. */
function readProcessors() {
  const times = cpus().map(({ times: { idle, ...busy } }) => [idle, Object.values(busy).reduce((a, b) => a + b, 0)]);
  const [idle, busy] = times.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
  return { busy, all: busy + idle };
}

/** Nothing when vitest ended before its tests did. */
function readTotals(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

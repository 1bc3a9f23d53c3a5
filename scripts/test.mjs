// `npm test [-- --all] [-- FILTER ...]`: the tests that can run on this machine, or all of them.
// --all installs what is missing from Debian's packages (as root) and lets no test be skipped.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapWithRedis, root, withTools } from './bootstrap.mjs';
import { findProgram } from './bootstrap/find-program.mjs';
import { canInstallDebianPackages, installDebianPackage } from './bootstrap/install-debian-package.mjs';
import { runNode } from './bootstrap/run-node.mjs';
import { Advice, stopWithAdvice } from './bootstrap/stop-with-advice.mjs';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

await stopWithAdvice(async () => {
  const all = process.argv.includes('--all');
  const rest = process.argv.slice(2).filter((argument) => argument !== '--all');
  const { node, env } = await bootstrapWithRedis();
  const leftOut = await findBrowser(all);

  const { code, totals } = await runVitest(node, rest, withTools(env));
  if (totals === undefined) return code === 0 ? 1 : code;
  for (const name of totals.skippedNames) console.log(`skipped: ${name}`);
  if (leftOut !== undefined) console.log(leftOut);
  const skipsForbidden = all && totals.skipped > 0;
  if (skipsForbidden) console.log('With --all no test may be skipped.');
  console.log(describe(totals));
  return code === 0 && skipsForbidden ? 1 : code;
});

/** Resolves to a line that says what is left out, if anything is. */
async function findBrowser(all) {
  if (findProgram(...BROWSERS) !== undefined) return undefined;
  if (!all) return 'Left out: the browser tests, as there is no Chromium here (npm test -- --all brings it).';
  if (!canInstallDebianPackages()) {
    throw new Advice('With --all the browser tests need Chromium: install it, then run the command again.');
  }
  await installDebianPackage('chromium');
  return undefined;
}

async function runVitest(node, args, env) {
  const folder = mkdtempSync(join(tmpdir(), 'runnel-tests-'));
  const file = join(folder, 'totals.json');
  const reporters = ['--reporter=default', '--reporter=./scripts/write-test-totals.mjs'];
  try {
    const code = await runNode(node, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], {
      cwd: root,
      env: { ...env, TEST_TOTALS_FILE: file },
    });
    return { code, totals: readTotals(file) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nothing when vitest ended before its tests did. */
function readTotals(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function describe({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

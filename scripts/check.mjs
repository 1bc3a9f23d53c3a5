// The one gate: format, lint, types, unused code side by side, then the tests. `--fast` leaves the tests out.
import { spawn } from 'node:child_process';
import { bootstrap, root, withTools } from './bootstrap.mjs';
import { runNode } from './bootstrap/run-node.mjs';
import { stopWithAdvice } from './bootstrap/stop-with-advice.mjs';

const GATES = [
  ['format', 'oxfmt', ['--check', '.'], 'Run `npm run format` to mend it.'],
  ['lint', 'oxlint', ['--deny-warnings'], ''],
  ['types', 'tsc', ['-p', '.'], ''],
  ['unused', 'knip', ['--no-progress', '--treat-config-hints-as-errors'], ''],
];

await stopWithAdvice(async () => {
  const isFast = process.argv.includes('--fast');
  const rest = process.argv.slice(2).filter((argument) => argument !== '--fast');
  const node = await bootstrap();
  const results = await Promise.all(GATES.map(runGate));
  if (results.includes(false)) return 1;
  return isFast ? 0 : runTests(node, rest);
});

async function runGate([name, command, args, hint]) {
  const startedAt = performance.now();
  const { code, output } = await runQuietly(command, args);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(7)} ${seconds} s`);
  if (code !== 0) console.log(`${output.trim()}\n${hint}`);
  return code === 0;
}

function runQuietly(command, args) {
  return new Promise((resolve) => {
    const options = { cwd: root, env: withTools(process.env), stdio: ['ignore', 'pipe', 'pipe'] };
    const child = spawn(command, args, options);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function runTests(node, args) {
  const startedAt = performance.now();
  const code = await runNode(node, ['scripts/test.mjs', ...args], { cwd: root });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} tests   ${seconds} s`);
  return code;
}

// Runs an installer with its output on our stderr, so that stdout stays free for what the command is asked for.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const KEPT_CHARACTERS = 20_000;

/** Resolves to `{ code, output }`; `output` is the end of what was said, to tell the cause of a failure. `show` says what is shown of a chunk. */
export function runVisibly(command, args, { show = (chunk) => chunk, ...options }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk) => {
      process.stderr.write(show(chunk));
      output = (output + chunk).slice(-KEPT_CHARACTERS);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? 128 + constants.signals[signal], output }));
  });
}

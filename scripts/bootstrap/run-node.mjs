// Runs a program on the product's Node as if it had been called itself: same terminal, same signals, same exit code.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

// Ctrl-C under npm arrives twice at once: from the terminal and handed on by npm. A second one of a person comes later.
const SAME_SIGNAL_MS = 200;

/** Resolves to the exit code; 128 plus the signal's number when a signal ended it. */
export function runNode(node, args, options) {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that a signal comes to it from here only, and once.
    const env = withCompileCache(options);
    const child = spawn(node, args, { stdio: 'inherit', ...options, env, detached: true });
    const stopHandingOn = handOnSignals(child);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      stopHandingOn();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** The sources run as they are; what Node made of them once need not be made again. */
function withCompileCache({ cwd, env = process.env }) {
  return { NODE_COMPILE_CACHE: join(cwd, 'node_modules', '.cache', 'compiled'), ...env };
}

function handOnSignals(child) {
  const lastAt = new Map();
  const handOn = (signal) => {
    const now = performance.now();
    const isRepeat = now - (lastAt.get(signal) ?? -Infinity) < SAME_SIGNAL_MS;
    lastAt.set(signal, now);
    if (!isRepeat) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, handOn);
  return () => {
    for (const signal of SIGNALS) process.removeListener(signal, handOn);
  };
}

// Builds the images that the tests run beside something else, which goes first. What is in the way says whoever needs them then.
import { spawn } from 'node:child_process';

/** `ended` resolves when they are there, or are not to be had; `end` gives up. */
export function buildAhead(root) {
  const args = ['-n', '10', process.execPath, 'scripts/make-test-images.mjs'];
  // A process group of its own: it starts programs that start others.
  const child = spawn('nice', args, { cwd: root, stdio: 'ignore', detached: true });
  let isOver = false;
  const ended = new Promise((resolve) => {
    for (const event of ['error', 'exit']) child.once(event, () => resolve());
  }).then(() => {
    isOver = true;
  });
  return { ended, end: () => isOver || process.kill(-child.pid, 'SIGTERM') };
}

// Starts a runner so that it belongs to its pod and not to the launcher: a session and process group of its own, led by a
// small shell that outlives every launcher and writes down the exit code.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { identifyProcess, type ProcessIdentity } from '@runnel/shared/process';

export type RunnerStart = {
  readonly command: readonly string[];
  /** The whole environment: nothing of the launcher's own is in it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly home: string;
  readonly logFile: string;
  /** Where the exit code goes. */
  readonly exitFile: string;
  /** Called before anything of the runner runs. */
  readonly recordLeader: (leader: ProcessIdentity) => Promise<void>;
};

// It starts nothing before the launcher has recorded it: if that one dies in between, `read` meets the end of the input.
// A signal interrupts `read`, and `wait` before the runner has ended, so it waits until the runner is really gone.
const WRAPPER = `
exit_file=$1; shift
trap 'asked=yes; test -z "$runner" || kill -TERM $runner 2> /dev/null' TERM
if read -r go; then
  "$@" < /dev/null &
  runner=$!
  test -z "$asked" || kill -TERM $runner
  while :; do
    wait $runner; code=$?
    kill -0 $runner 2> /dev/null || break
  done
else
  test -n "$asked" || exit 0
  code=143
fi
echo $code > "$exit_file.$$" && mv "$exit_file.$$" "$exit_file"
`;

/** Resolves when the runner's process is about to run. */
export async function startRunner(start: RunnerStart): Promise<void> {
  const log = await open(start.logFile, 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', WRAPPER, 'runner', start.exitFile, ...start.command], {
      cwd: start.home,
      env: start.environment,
      detached: true,
      stdio: ['pipe', log.fd, log.fd],
    });
    await once(child, 'spawn');
    // From here on its files say how it is; a pipe that broke is one more way to have ended.
    child.on('error', () => undefined);
    child.stdin?.on('error', () => undefined);
    await letGo(child, start);
  } finally {
    await log.close();
  }
}

async function letGo(child: ChildProcess, { recordLeader }: RunnerStart): Promise<void> {
  // A child is not reaped before its exit was heard, so nobody else can have this pid yet.
  const leader = identifyProcess(child.pid ?? 0);
  if (leader === undefined) throw new Error('the shell of the runner ended at its start');
  child.unref();
  try {
    await recordLeader(leader);
    child.stdin?.end('go\n');
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

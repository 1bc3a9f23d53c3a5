// A command of the repository's own, as the agent would run it: an environment made from nothing, an end for all that it starts.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAgentProcess, type AgentProcess } from '../agent/agent-process.ts';
import type { TurnRequest } from '../agent/agent-provider.ts';
import { homeVariables } from '../agent/home-variables.ts';

export type RepositoryRun = Pick<TurnRequest, 'directory' | 'onProcessGroup'> & {
  readonly script: string;
  /** Where commands are looked for. */
  readonly path: string;
  /** The mark of this pod. */
  readonly podUid: string;
  readonly limitMs: number;
};

/** `output` is the last of it. */
export type RepositoryRunEnd = { readonly kind: 'passed' | 'failed' | 'too_long'; readonly output: string };

const GRACE_MS = 500;

/** Rejects where the signal ends it. What it leaves behind is ended with it. */
export async function runRepositoryCommand(run: RepositoryRun, signal: AbortSignal): Promise<RepositoryRunEnd> {
  let process: AgentProcess | undefined;
  try {
    signal.throwIfAborted();
    process = await start(run);
    const closed = once(process.child, 'close').catch(() => undefined);
    const exited = once(process.child, 'exit', { signal }).then(([code]): RepositoryRunEnd['kind'] =>
      code === 0 ? 'passed' : 'failed',
    );
    const tooLong = sleep(run.limitMs, 'too_long' as const, { ref: false, signal });
    const kind = await Promise.race([exited, tooLong]);
    await process.end(GRACE_MS);
    // Whoever could still write is dead.
    await Promise.race([closed, sleep(GRACE_MS, undefined, { ref: false })]);
    return { kind, output: process.complaint() };
  } catch (error) {
    await process?.end(GRACE_MS);
    signal.throwIfAborted();
    return { kind: 'failed', output: error instanceof Error ? error.message : String(error) };
  }
}

async function start({ script, directory, path, podUid, onProcessGroup }: RepositoryRun): Promise<AgentProcess> {
  const homes = await homeVariables(directory);
  const env = { ...homes, LANG: 'C.UTF-8', PATH: path, CI: 'true', RUNNEL_POD: podUid, RUNNEL_TURN: randomUUID() };
  // Both outputs in one, in their order.
  const args = ['-ec', `exec 1>&2\n${script}`];
  const process = startAgentProcess({ command: '/bin/sh', args, cwd: directory.files, env, onProcessGroup });
  process.child.stdin.end();
  return process;
}

// An agent's program by itself, from its start to the first word of its model on its output, and what it weighs then.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endMarked, findMarked } from '@runnel/shared/process';
import type { BareStart } from './measured-agents.ts';
import { weigh, type Memory } from './process-memory.ts';
import { WORD, type ScriptedModel } from './scripted-model.ts';

/** In milliseconds from the start of the program, or from the message. */
export type Measured = { readonly asked: number; readonly words: number; readonly agent: Memory };

/** Until what it runs is running. */
export const SETTLE_MS = 1_000;
const PATIENCE_MS = 120_000;
const MARK = 'RUNNEL_BENCH';

type Bare = BareStart & { readonly program: string; readonly home: string; readonly model: ScriptedModel };

export async function startBare({ program, args, env, home, model }: Bare): Promise<Measured> {
  await lookInstalled(home);
  const mark = randomUUID();
  const path = `/usr/bin:/bin:${dirname(program)}`;
  const from = performance.now();
  const child = spawn(program, args, {
    cwd: home,
    env: { ...env, LANG: 'C.UTF-8', PATH: path, [MARK]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (!said.includes(WORD)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${program} ended by itself: ${said}`);
      await Promise.race([once(child.stdout, 'data', { signal }), exited]);
    }
    const words = performance.now() - from;
    await sleep(SETTLE_MS);
    return { asked: model.askedSince(from) - from, words, agent: weigh(await findMarked(MARK, mark)) };
  } finally {
    await endMarked(MARK, mark);
    await exited;
    process.removeListener('exit', kill);
  }
}

/** What OpenCode would install from the network. */
async function lookInstalled(home: string): Promise<void> {
  const folder = join(home, '.config/opencode');
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  const lock = { packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } } };
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
}

// Runs a process of ours to its end and gives back what it said.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export type Ending = { readonly exitCode: number | undefined; readonly stdout: string; readonly stderr: string };

/** With exactly this environment, and what every process of a test has. */
export async function runToEnd(
  process: 'ingress' | 'launcher' | 'runner' | 'cli',
  env: NodeJS.ProcessEnv,
  args: string[] = [],
): Promise<Ending> {
  const { exitCode, stdout, stderr } = await execa(execPath(), [mainOf(process), ...args], {
    env: { ...bareEnvironment(), ...env },
    extendEnv: false,
    reject: false,
    timeout: 30_000,
  });
  return { exitCode, stdout, stderr };
}

/** No setting of ours is in it. What Node compiled once need not be compiled by every process anew. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, NODE_COMPILE_CACHE = '' } = globalThis.process.env;
  return { PATH, HOME, LANG: 'C.UTF-8', NODE_COMPILE_CACHE };
}

/** What the images hold, where `npm test` has bundled it; the sources otherwise, and what no image holds. */
export function mainOf(process: 'ingress' | 'launcher' | 'runner' | 'cli' | 'dev'): string {
  const { RUNNEL_BUNDLES: bundles } = globalThis.process.env;
  if (bundles !== undefined && process !== 'cli' && process !== 'dev') return join(bundles, process, 'main.js');
  return fileURLToPath(new URL(`../../packages/${process}/src/main.ts`, import.meta.url));
}

export function execPath(): string {
  return globalThis.process.execPath;
}

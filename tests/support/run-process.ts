// Runs a process of ours to its end and gives back what it said.
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export type Ending = { readonly exitCode: number | undefined; readonly stdout: string; readonly stderr: string };

/** With exactly this environment, and PATH and HOME. */
export async function runToEnd(
  process: 'ingress' | 'launcher' | 'runner',
  env: NodeJS.ProcessEnv,
  args: string[] = [],
): Promise<Ending> {
  const { exitCode, stdout, stderr } = await execa(execPath(), [mainOf(process), ...args], {
    env: { PATH: globalThis.process.env['PATH'], HOME: globalThis.process.env['HOME'], ...env },
    extendEnv: false,
    reject: false,
    timeout: 30_000,
  });
  return { exitCode, stdout, stderr };
}

export function mainOf(process: 'ingress' | 'launcher' | 'runner' | 'dev'): string {
  return fileURLToPath(new URL(`../../packages/${process}/src/main.ts`, import.meta.url));
}

export function execPath(): string {
  return globalThis.process.execPath;
}

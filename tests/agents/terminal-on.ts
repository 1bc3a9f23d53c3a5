// Programs with a screen, as the tests of the provider `terminal` have them: a shell, and one that plays whatever it is told to.
import { fileURLToPath } from 'node:url';
import { terminalProvider } from '@runnel/runner/serving';
import type { AgentProvider } from '@runnel/runner/testing';
import { endMarked, findMarked, readProc } from '@runnel/shared/process';
import { afterAll } from 'vitest';

type Options = Partial<Parameters<typeof terminalProvider>[0]>;

const pods: string[] = [];
afterAll(async () => {
  // One after the other: each has only so much time, and looks at all processes.
  for (const podUid of pods) await endMarked('RUNNEL_POD', podUid);
});

/** With the mark of a pod of its own: what still runs of it is ended with the file. */
export function terminalOn(options: Options): { readonly provider: AgentProvider; readonly podUid: string } {
  const podUid = `pod-of-terminal-${process.pid}-${pods.length}`;
  pods.push(podUid);
  const provider = terminalProvider({
    command: ['sh'],
    environment: { PS1: 'ready> ' },
    ready: /^ready> $/,
    quietMs: 200,
    startMs: 30_000,
    path: '/usr/bin:/bin',
    podUid,
    ...options,
  });
  return { provider, podUid };
}

export function playedProgram(part: string, options: Options = {}): ReturnType<typeof terminalOn> {
  const program = fileURLToPath(new URL('./terminal-played-program.ts', import.meta.url));
  return terminalOn({ command: [process.execPath, program, part], ...options });
}

/** Of processes of that pod, as far as they are that program. */
export async function howMany(podUid: string, command: RegExp): Promise<number> {
  const lines = (await findMarked('RUNNEL_POD', podUid)).map((pid) =>
    (readProc(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' '),
  );
  return lines.filter((line) => command.test(line)).length;
}

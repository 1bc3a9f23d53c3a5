// A container as a cluster would run it: read-only, without capabilities, within limits; on this machine's network. Gone with its test.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import type { TestImages } from './test-images.ts';

export type ContainerPlan = {
  readonly env: NodeJS.ProcessEnv;
  /** Folders of this machine by their paths in the container. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** After the image's own entry point. */
  readonly args?: readonly string[];
  /** Instead of the image's own. */
  readonly entrypoint?: string;
  /** What an agent needs; a process of ours has half a gigabyte. */
  readonly memory?: string;
};

export type Container = {
  readonly name: string;
  /** Of its PID 1, as this machine counts. */
  pid(): Promise<number>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Names of the programs in it that the kernel killed for the container's memory, in its own words. */
  killedForMemory(): Promise<string[]>;
  readonly exited: Promise<number>;
  log(): string;
};

const LOCKED_DOWN = [
  '--read-only',
  '--user=10001:10001',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--pids-limit=256',
  '--network=host',
  ...['/tmp', '/workspace', '/home/runner'].map((path) => `--tmpfs=${path}:rw,exec,mode=1777`),
];

/** `image` is a name or an id. Its exit code is the container's. */
export function startContainer(images: TestImages, image: string, plan: ContainerPlan): Container {
  const name = `runnel-test-${randomUUID()}`;
  const { env, mounts = {}, args = [], entrypoint, memory = '512m' } = plan;
  const set = Object.entries(env).filter(([, value]) => value !== undefined);
  const options = [
    ...LOCKED_DOWN.filter((option) => !Object.keys(mounts).some((path) => option.startsWith(`--tmpfs=${path}:`))),
    `--memory=${memory}`,
    ...Object.entries(mounts).map(([path, folder]) => `--volume=${folder}:${path}`),
    // By name only: values come from the environment of podman.
    ...set.map(([key]) => `--env=${key}`),
    ...(entrypoint === undefined ? [] : [`--entrypoint=${entrypoint}`]),
  ];
  const [program = '', ...own] = images.command;
  const child = spawn(program, [...own, 'run', `--name=${name}`, ...options, image, ...args], {
    env: { ...images.env, ...Object.fromEntries(set), PATH: process.env['PATH'] },
    // When a container runs out of memory, podman's monitor leaves an empty file called `oom` where it was started.
    cwd: dirname(images.archive),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exited = once(child, 'close').then(() => child.exitCode ?? -1);
  onTestFinished(async ({ task }) => {
    await images.podman('rm', '--force', '--time=0', '--ignore', name);
    await exited;
    if (task.result?.state === 'fail') process.stderr.write(`--- ${name}\n${log}\n`);
  });
  return {
    name,
    pid: async () => Number(await images.podman('inspect', '--format={{.State.Pid}}', name)),
    kill: async (signal) => void (await images.podman('kill', `--signal=${signal}`, name)),
    async killedForMemory() {
      const id = await images.podman('inspect', '--format={{.Id}}', name);
      const { stdout } = await execa('dmesg');
      return [...stdout.matchAll(new RegExp(`oom-kill:.*task_memcg=[^,]*${id},task=([^,]+)`, 'g'))].map(
        ([, task = '']) => task,
      );
    },
    exited,
    log: () => log,
  };
}

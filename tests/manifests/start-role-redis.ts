// The Redis of k8s/components/redis as its pods start it: the same script, the same users, on this machine's redis-server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@runnel/shared/process';
import { Redis } from 'ioredis';
import { vi } from 'vitest';

const component = fileURLToPath(new URL('../../k8s/components/redis/', import.meta.url));

const ROLES = ['ingress', 'launcher', 'runner', 'operator', 'replica', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export type RoleRedis = AsyncDisposable & {
  readonly port: number;
  urlOf(role: Role): string;
};

/** `primaryPort` makes it a replica of that one. `admin` may do everything; only tests have it. */
export async function startRoleRedis(primaryPort?: number): Promise<RoleRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-roles-'));
  const paths = await writeFiles(folder);
  const port = await freePort();
  const isReplica = primaryPort !== undefined;
  const own = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    ...(isReplica ? ['--replicaof', `127.0.0.1 ${primaryPort}`] : []),
  ];
  const child = spawn('sh', [join(paths.CONFIG, 'start-redis.sh'), ...own], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOSTNAME: `runnel-redis-${isReplica ? 1 : 0}`,
      PEERS: 'nowhere.invalid',
      PRIMARY: '0',
      ...paths,
    },
  });
  child.stdout.resume();
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    process.removeListener('exit', killNow);
    await rm(folder, { recursive: true });
  };
  try {
    await untilItAnswers(port);
  } catch (error) {
    await end();
    throw error;
  }
  return { port, urlOf: (role) => `redis://${role}:password-of-${role}@127.0.0.1:${port}`, [Symbol.asyncDispose]: end };
}

async function writeFiles(folder: string) {
  const paths = {
    CONFIG: join(folder, 'config'),
    PASSWORDS: join(folder, 'passwords'),
    RUN: join(folder, 'run'),
    DATA: join(folder, 'data'),
  };
  await Promise.all([paths.PASSWORDS, paths.RUN, paths.DATA].map((path) => mkdir(path)));
  await cp(component, paths.CONFIG, { recursive: true });
  const rules = await readFile(join(component, 'roles.acl'), 'utf8');
  await writeFile(join(paths.CONFIG, 'roles.acl'), `${rules}admin +@all ~* &*\n`);
  // With the line break that an editor leaves.
  await Promise.all(ROLES.map((role) => writeFile(join(paths.PASSWORDS, role), `password-of-${role}\n`)));
  return paths;
}

/** As the probe of the pod asks. */
async function untilItAnswers(port: number): Promise<void> {
  const probe = new Redis(`redis://probe:none@127.0.0.1:${port}`, {
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
  });
  probe.on('error', () => undefined);
  try {
    await vi.waitFor(() => probe.ping(), { timeout: 60_000 });
  } finally {
    probe.disconnect();
  }
}

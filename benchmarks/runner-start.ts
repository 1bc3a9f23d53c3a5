// From the start of a runner's process to its lease, and what it then weighs: from source and bundled, beside a bare Node.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startSlackStandIn } from '@runnel/dev';
import { bundleProcess } from '@runnel/images';
import { redisKeys } from '@runnel/shared/redis';
import { percentile, round, type Benchmark, type Figure } from './figure.ts';
import { openWorld, prompt, type World } from './world.ts';

const ROUNDS = 9;
const source = fileURLToPath(new URL('../packages/runner/src/main.ts', import.meta.url));
const bare = 'require("node:http")';
/** Most of what a process of Node has in memory is its program, which all of them share. */
const bareAndWeighed = `${bare}; process.stdout.write(require("node:fs").readFileSync("/proc/self/status"))`;

export const runnerStart: Benchmark = {
  name: 'runner start',
  async run() {
    await using world = await openWorld();
    const bundle = await bundleProcess('runner', await mkdtemp(join(tmpdir(), 'runnel-bundle-')));
    const floor = { ms: await bareStart(), mb: await bareMemory() };
    const fromSource = await starts(world, source);
    const bundled = await starts(world, bundle);
    await rm(dirname(bundle), { recursive: true, force: true });
    return [
      ...report('from source', fromSource, { floor }),
      ...report('bundled', bundled, { floor, goal: { ms: 250, mb: 100 } }),
    ];
  },
};

type Floor = { readonly ms: number; readonly mb: number };
type Starts = { readonly ms: number[]; readonly mb: number[] };

function report(
  how: string,
  { ms, mb }: Starts,
  against: { floor: Floor; goal?: { ms: number; mb: number } },
): Figure[] {
  const { floor, goal } = against;
  const time = percentile(ms, 0.5);
  const memory = percentile(mb, 0.5);
  const none = { text: 'none', met: true };
  return [
    {
      name: `runner process to its lease, ${how}, p50`,
      value: round(time, 0),
      unit: 'ms',
      floor: { name: 'start of a bare Node', value: round(floor.ms, 0) },
      goal: goal === undefined ? none : { text: `under ${goal.ms} ms`, met: time < goal.ms },
    },
    {
      name: `resident memory without an agent, ${how}, p50`,
      value: round(memory, 0),
      unit: 'MB',
      floor: { name: 'a bare Node', value: round(floor.mb, 0) },
      goal: goal === undefined ? none : { text: `under ${goal.mb} MB`, met: memory < goal.mb },
    },
  ];
}

async function bareStart(): Promise<number> {
  const samples: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const started = performance.now();
    await once(spawn(process.execPath, ['-e', bare]), 'exit');
    samples.push(performance.now() - started);
  }
  return percentile(samples, 0.5);
}

async function bareMemory(): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--max-semi-space-size=1', '-e', bareAndWeighed]);
  return megabytesIn(stdout);
}

async function starts(world: World, main: string): Promise<Starts> {
  const redis = world.connect();
  const delivery = world.deliveryOn(redis);
  const slack = await startSlackStandIn({ appToken: 'xapp-bench', botToken: 'xoxb-bench' });
  const folder = await mkdtemp(join(tmpdir(), 'runnel-bench-'));
  const ms: number[] = [];
  const mb: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const user = `T0LOCAL:UST${n}X${main.length}` as const;
    const { hint } = await delivery.enqueue({ user, identity: 'a', payload: { ...prompt, type: 'stop' } });
    const started = performance.now();
    const child = spawn(process.execPath, ['--max-semi-space-size=1', main], {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        REDIS_URL: world.url,
        SLACK_API_URL: slack.url,
        SLACK_BOT_TOKEN: 'xoxb-bench',
        AGENT_PROVIDER: 'shell',
        ALLOWED_USERS: user.split(':')[1],
        RUNNER_USER_KEY: user,
        RUNNER_GENERATION: hint.kind === 'wake' ? hint.generation : '',
        RUNNER_OWNER: 'benchmark',
        RUNNER_HOME: join(folder, 'home'),
        STATE_DIR: join(folder, 'state'),
        // As the launcher's backend of processes does.
        NODE_COMPILE_CACHE: join(folder, 'compiled'),
      },
    });
    while ((await redis.hget(redisKeys.lease(user), 'state')) !== 'running') assertAlive(child);
    ms.push(performance.now() - started);
    // Quiet when its one entry is answered: what it weighs then is what an idle runner weighs.
    while ((await redis.xlen(redisKeys.inbox(user))) > 0) assertAlive(child);
    mb.push(await residentMegabytes(child.pid ?? 0));
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await slack.close();
  await rm(folder, { recursive: true, force: true });
  return { ms, mb };
}

function assertAlive(child: ChildProcess): void {
  if (child.exitCode !== null) throw new Error(`The runner ended with exit code ${child.exitCode}.`);
}

async function residentMegabytes(pid: number): Promise<number> {
  return megabytesIn(await readFile(`/proc/${pid}/status`, 'utf8'));
}

/** `status` as /proc has it. */
function megabytesIn(status: string): number {
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}

// `npm run cluster -- up | down | status`: a Kubernetes of one's own on this machine, with Runnel's manifests installed.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findTools } from '../support/find-tools.ts';
import { findRecorded } from './process-folder.ts';
import { findKeeper } from './real-standing-cluster.ts';
import { runKubectl } from './run-kubectl.ts';
import { bringUp, clear, findStandingCluster, takeDown, type StandingCluster } from './standing-cluster.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const MANIFESTS = join(ROOT, 'k8s', 'overlays', 'local');

const usage = `A Kubernetes on this machine, with Runnel's manifests (k8s/overlays/local) installed.

Usage: npm run cluster -- up       starts it in the background and says how to reach it; the first time it builds it, which takes minutes.
                                   As root on Linux with a real node, in a network of its own; otherwise with played ones.
       npm run cluster -- status   says what is up; exit code 1 when nothing is, or when it is broken
       npm run cluster -- down     ends it and removes everything it wrote

Settings, from the environment:
  RUNNEL_DATA    Its folder is \`cluster\` in there. Default: .runnel
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const folder = join(resolve(process.env['RUNNEL_DATA'] ?? join(ROOT, '.runnel')), 'cluster');
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  const [command, ...more] = values.help === true ? ['help'] : positionals;
  if (more.length === 0) {
    if (command === 'up') return up(folder);
    if (command === 'down') return down(folder);
    if (command === 'status') return status(folder);
    if (command === 'help') {
      say(usage);
      return 0;
    }
  }
  process.stderr.write(`What to do? up, down or status.\n\n${usage}`);
  return 1;
}

async function up(folder: string): Promise<number> {
  endOnSignal(folder);
  const cluster = await bringUp(folder);
  // One with a real node has them from the start, with what is theirs there: a folder for state, a Redis.
  if (cluster.within === undefined) say((await runKubectl(cluster.access, ['apply', '-k', MANIFESTS])).trimEnd());
  await describe(cluster);
  return 0;
}

async function down(folder: string): Promise<number> {
  say((await takeDown(folder)) ? 'The cluster is down, and its folder is gone.' : 'No cluster was up.');
  return 0;
}

async function status(folder: string): Promise<number> {
  const cluster = findStandingCluster(folder);
  if (cluster === undefined) {
    say('No cluster is up. `npm run cluster -- up` starts one.');
    return 1;
  }
  await describe(cluster);
  return cluster.ended.length === 0 ? 0 : 1;
}

async function describe({ access, nodes, within, ended }: StandingCluster): Promise<void> {
  const path = await findTools('kubernetes');
  const broken = `It is broken: ${ended.join(', ')} ended by itself. \`npm run cluster -- up\` makes a new one.`;
  say(ended.length > 0 ? broken : `Kubernetes is up at ${access.url}, with ${nodes}. k8s/overlays/local is installed.`);
  say(`
  export KUBECONFIG=${access.kubeconfig}
  export PATH=${path('kubectl').replace(/\/kubectl$/, '')}:$PATH
  ${within === undefined ? '' : `nsenter --target=${within} --net `}kubectl get pods --all-namespaces`);
}

/** Half a cluster would go on by itself. */
function endOnSignal(folder: string): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      if (findKeeper(folder) !== undefined) return void clear(folder).finally(() => process.exit(130));
      for (const { pid } of findRecorded(folder)) process.kill(pid, 'SIGKILL');
      process.exit(130);
    });
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);

// Runs a command as root apart from the rest of this machine: its own network with nothing but itself, its own mounts and its own
// processes, all of which are gone when it is. What no namespace holds is put back: cgroups, settings of the kernel.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from './find-program.mjs';
import { canInstallDebianPackages, installDebianPackage } from './install-debian-package.mjs';
import { runNode } from './run-node.mjs';
import { Advice } from './stop-with-advice.mjs';

/** The one address in there beside the loopback; pods reach it. */
const ADDRESS = '10.255.77.1';

/** Folders that a node writes to whatever it is told: empty ones in there, untouched out here. */
const HIDDEN = ['/run', '/var/log', '/var/lib/cni', '/var/lib/kubelet'];

/** What a kubelet sets for the whole machine. */
const KERNEL = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

const CGROUPS = '/sys/fs/cgroup';

// Not the last process with `exec`: the first one in there inherits orphans, and a shell that waits reaps them.
const PREPARE = `
set -e
mount --make-rshared /
for folder in ${HIDDEN.join(' ')}; do mount -t tmpfs tmpfs "$folder"; done
ip link set lo up
ip address add ${ADDRESS}/32 dev lo
echo 1 > /proc/sys/net/ipv4/ip_forward
"$@"
`;

/** Whatever this process dies of. */
const DIES_ALONG = ['--pdeathsig', 'KILL'];

const OPTIONS = ['--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child'];

/** Resolves to the exit code. `options.env` goes along, with the name of a cgroup for its use in RUNNEL_NODE_CGROUP. */
export async function runApart(command, args, options) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Advice('A real node needs Linux, and root.');
  if (findProgram('ip') === undefined) {
    if (!canInstallDebianPackages()) throw new Advice('A real node needs `ip`: install iproute2.');
    await installDebianPackage('iproute2');
  }
  const cgroup = `runnel-node-${process.pid}`;
  const putBack = remember(cgroup);
  process.once('exit', putBack);
  try {
    const env = { ...options.env, RUNNEL_NODE_CGROUP: cgroup };
    return await runNode(
      'setpriv',
      [...DIES_ALONG, 'unshare', ...OPTIONS, 'sh', '-c', PREPARE, 'sh', command, ...args],
      { ...options, env },
    );
  } finally {
    // What died with the namespaces leaves its cgroups a moment later.
    for (let n = 0; n < 100 && cgroupFolders(cgroup).length > 0; n += 1) {
      putBack();
      await sleep(50);
    }
    putBack();
    process.removeListener('exit', putBack);
  }
}

/** Returns what makes the machine as it is now. */
function remember(cgroup) {
  const kernel = KERNEL.map((name) => join('/proc/sys', name)).filter((path) => existsSync(path));
  const values = kernel.map((path) => [path, readFileSync(path, 'utf8')]);
  const made = HIDDEN.filter((folder) => !existsSync(folder));
  for (const folder of made) mkdirSync(folder, { recursive: true });
  return () => {
    for (const [path, value] of values) if (readFileSync(path, 'utf8') !== value) writeFileSync(path, value);
    for (const folder of [...cgroupFolders(cgroup), ...made]) removeEmpty(folder);
  };
}

/** Innermost first, in every hierarchy. */
function cgroupFolders(cgroup) {
  if (!existsSync(CGROUPS)) return [];
  return ['.', ...readdirSync(CGROUPS)]
    .map((hierarchy) => join(CGROUPS, hierarchy, cgroup))
    .filter((folder) => existsSync(folder))
    .flatMap(withChildren);
}

/** Nothing where it went while it was looked at. */
function withChildren(folder) {
  try {
    const children = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...children.flatMap(({ name }) => withChildren(join(folder, name))), folder];
  } catch {
    return [];
  }
}

function removeEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch {
    // Gone, or not empty yet.
  }
}

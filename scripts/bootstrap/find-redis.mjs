// A Redis to start: from the PATH, else from the system's packages as root, else a sentence with the command.
import { spawnSync } from 'node:child_process';
import { findProgram } from './find-program.mjs';
import { canInstallDebianPackages, disableService, installDebianPackage } from './install-debian-package.mjs';
import { Advice } from './stop-with-advice.mjs';

const OLDEST = '6.2';

// The first package manager that is there names the command.
const COMMANDS = [
  ['apt-get', 'apt-get install redis-server'],
  ['dnf', 'dnf install redis'],
  ['pacman', 'pacman -S valkey'],
  ['zypper', 'zypper install redis'],
  ['apk', 'apk add redis'],
  ['brew', 'brew install redis'],
];

/** The path of a redis-server or valkey-server that is new enough. */
export async function findRedis() {
  const found = findServer();
  if (found !== undefined) return checkVersion(found);
  if (!canInstallDebianPackages()) throw new Advice(howToGet());

  await installDebianPackage('redis-server');
  disableService('redis-server');
  const installed = findServer();
  if (installed === undefined) throw new Advice(howToGet());
  return checkVersion(installed);
}

function findServer() {
  return findProgram('redis-server', 'valkey-server');
}

function checkVersion(path) {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const version = / v=(\d+\.\d+)/.exec(stdout ?? '')?.[1];
  if (version !== undefined && !isOlder(version, OLDEST)) return path;
  throw new Advice(
    `Runnel needs Redis ${OLDEST} or newer; ${path} is ${version ?? 'of an unknown version'}. Install a newer one, or name one that runs with REDIS_URL=redis://host:port.`,
  );
}

function isOlder(version, than) {
  const [major, minor] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = than.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

function howToGet() {
  const [manager, command] = COMMANDS.find(([program]) => findProgram(program) !== undefined) ?? [];
  const sudo = manager === 'brew' || process.getuid?.() === 0 ? '' : 'sudo ';
  const install = command === undefined ? `Install Redis ${OLDEST} or newer` : `Install one with \`${sudo}${command}\``;
  return `Runnel needs a Redis, and there is no redis-server on the PATH. ${install}, or name one that runs with REDIS_URL=redis://host:port. Then run the command again.`;
}

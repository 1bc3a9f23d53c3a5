// Installs the workspace's packages when what is installed is not what the lock file says.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runVisibly } from './run-visibly.mjs';
import { Advice } from './stop-with-advice.mjs';

const PNPM = 'pnpm@12.21.0';

// Tried in this order against the end of what npm and pnpm printed.
const CAUSES = [
  [/ENOSPC|No space left/, 'There is no space left on the disk: about 1 GB is needed.'],
  [
    /EACCES|EPERM|EROFS|Permission denied|Read-only file system/,
    'A folder cannot be written: this one, and the caches of npm and pnpm in your home folder, must be yours.',
  ],
  [
    /ERR_PNPM_OUTDATED_LOCKFILE/,
    'pnpm-lock.yaml does not fit the package.json files: run `npx pnpm@12 install`, and commit the lock file.',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|META_FETCH_FAIL|CERT/i,
    'The npm registry cannot be reached: check the network, the proxy (HTTPS_PROXY) and the `registry` of your npm settings.',
  ],
];

/** Costs a few milliseconds when there is nothing to do. */
export async function installPackages(root) {
  const stamp = join(root, 'node_modules', '.runnel-installed');
  const wanted = fingerprint(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

  console.error('Installing packages (needed once, usually well under a minute) ...');
  const { code, output } = await runVisibly('npx', ['-y', PNPM, ...INSTALL], { cwd: root, env: environment() });
  if (code !== 0) throw new Advice(explain(output));
  writeFileSync(stamp, wanted);
}

const INSTALL = ['install', '--frozen-lockfile', '--reporter=append-only', '--config.confirmModulesPurge=false'];

/** Everything that decides what an installation looks like. */
function fingerprint(root) {
  const hash = createHash('sha256').update(`${PNPM} ${process.platform} ${process.arch}`);
  for (const file of manifests(root)) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function manifests(root) {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
  return ['.', 'docker', 'tests', 'benchmarks', ...packages]
    .map((folder) => join(folder, 'package.json'))
    .concat('pnpm-lock.yaml', 'pnpm-workspace.yaml')
    .filter((file) => existsSync(join(root, file)))
    .toSorted((a, b) => a.localeCompare(b));
}

/** npm's own patience with a dead network is minutes of silence. */
function environment() {
  return {
    ...process.env,
    npm_config_fetch_retries: '2',
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
    npm_config_update_notifier: 'false',
  };
}

function explain(output) {
  const cause = CAUSES.find(([pattern]) => pattern.test(output));
  return `The packages could not be installed. ${cause ? cause[1] : 'The lines above say why.'} Then run the command again.`;
}

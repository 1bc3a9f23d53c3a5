// Brings a package from Debian's archive, as root and nowhere else, without leaving a service running.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { findProgram } from './find-program.mjs';
import { runVisibly } from './run-visibly.mjs';
import { Advice } from './stop-with-advice.mjs';

// Debian starts a daemon when its package is installed unless this file says no.
const POLICY = '/usr/sbin/policy-rc.d';
const NO_SERVICES =
  '#!/bin/sh\n# Written by an installation of Runnel that was interrupted: may be removed.\nexit 101\n';

export function canInstallDebianPackages() {
  return process.getuid?.() === 0 && findProgram('apt-get') !== undefined;
}

export async function installDebianPackage(name) {
  console.error(`Installing ${name} from the system's packages ...`);
  const allow = forbidServices();
  try {
    await install(name);
  } finally {
    allow();
  }
}

async function install(name) {
  const args = ['install', '-y', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0', name];
  const first = await aptGet(args);
  if (first.code === 0) return;
  // A fresh machine has no package lists, an old one has stale ones.
  const update = await aptGet(['update']);
  const second = update.code === 0 ? await aptGet(args) : update;
  if (second.code !== 0) {
    throw new Advice(
      `${name} could not be installed from the system's packages; the lines above say why. Install it, then run the command again.`,
    );
  }
}

function aptGet(args) {
  return runVisibly('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}

/** Leaves a policy that is there already alone. Returns what undoes it; an interrupted run undoes it too. */
function forbidServices() {
  try {
    writeFileSync(POLICY, NO_SERVICES, { flag: 'wx', mode: 0o755 });
  } catch {
    return () => {};
  }
  process.once('exit', removePolicy);
  process.once('SIGINT', exitInterrupted);
  process.once('SIGTERM', exitInterrupted);
  return () => {
    removePolicy();
    process.removeListener('exit', removePolicy);
    process.removeListener('SIGINT', exitInterrupted);
    process.removeListener('SIGTERM', exitInterrupted);
  };
}

function removePolicy() {
  rmSync(POLICY, { force: true });
}

function exitInterrupted() {
  process.exit(130);
}

/** Keeps the next boot from starting what was installed only to be run by us. */
export function disableService(name) {
  if (findProgram('update-rc.d') !== undefined) spawnSync('update-rc.d', [name, 'disable'], { stdio: 'ignore' });
}

// The Node that runs the product: 24 from the registry on Linux, else the one that runs this, if it is new enough.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Advice } from './stop-with-advice.mjs';

// What the registry's Node needs on this machine: it is built for glibc, so Alpine and NixOS bring their own.
const LOADERS = { 'linux x64': '/lib64/ld-linux-x86-64.so.2', 'linux arm64': '/lib/ld-linux-aarch64.so.1' };

/** The path of a Node that runs TypeScript as it is; the registry's is there once the packages are. */
export function findNode(root) {
  if (comesFromRegistry()) return join(root, 'node_modules', '.bin', 'node');
  const major = Number(process.versions.node.split('.')[0]);
  if (major === 24 || major >= 26) return process.execPath;
  throw new Advice(
    `Runnel runs on Node 24, which is a prerequisite on ${process.platform} ${process.arch} (this is ${process.version}): get it with ${howToGet()}, then run the command again.`,
  );
}

function comesFromRegistry() {
  const loader = LOADERS[`${process.platform} ${process.arch}`];
  return loader !== undefined && existsSync(loader);
}

function howToGet() {
  if (process.platform === 'darwin') return '`brew install node@24` or from https://nodejs.org';
  return 'your version manager (`nvm install 24`) or from https://nodejs.org';
}

// What every command of this repository stands on: packages, Node 24 and, where one is to be started, a Redis.
// Plain JavaScript without dependencies: it runs before there are any, on whatever Node is there.
import './bootstrap/require-node-20.mjs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode } from './bootstrap/find-node.mjs';
import { findRedis } from './bootstrap/find-redis.mjs';
import { installPackages } from './bootstrap/install-packages.mjs';

/** The repository's root. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Resolves to the path of Node 24 when all packages are there. What is in the way is said before anything is installed. */
export async function bootstrap() {
  const node = findNode(root);
  await installPackages(root);
  return node;
}

/** As `bootstrap`, and to the environment in which `REDIS_SERVER` names the program to start. */
export async function bootstrapWithRedis() {
  const redis = await findRedis();
  return { node: await bootstrap(), env: { ...process.env, REDIS_SERVER: redis } };
}

/** An environment in which the workspace's tools and `node` are found by their names. */
export function withTools(env) {
  return { ...env, PATH: join(root, 'node_modules', '.bin') + delimiter + (env.PATH ?? '') };
}

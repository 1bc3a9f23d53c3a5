// Where programs find a home, and keep what they could fetch again.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SessionDirectory } from './agent-provider.ts';

/**
 * For the environment of what runs in a session. In a checkout it is a home of its own, so that nothing of it is committed; what is
 * only a cache goes with the pod.
 */
export async function homeVariables(directory: SessionDirectory): Promise<Record<string, string>> {
  const { files, home } = directory;
  if (home === undefined) return { HOME: files };
  await mkdir(home, { recursive: true, mode: 0o700 });
  return { HOME: home, ...cacheVariables(directory) };
}

export function cacheVariables({ state, home }: SessionDirectory): Record<string, string> {
  const caches = join(dirname(state), 'caches');
  return home === undefined ? {} : { XDG_CACHE_HOME: caches, npm_config_cache: join(caches, 'npm') };
}

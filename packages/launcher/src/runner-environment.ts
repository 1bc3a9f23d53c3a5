// What a runner's environment is made of: a listed set of settings and what any program needs. Nothing comes along unasked.
import { resolve } from 'node:path';
import { isNeeded } from '@runnel/shared/process';
import { passedOnOptions } from './config.ts';

/** `env` is the launcher's own; a setting that is not in it goes along with its default, so that both mean the same. */
export function runnerEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: env['LANG'] ?? 'C.UTF-8',
  };
  const { NODE_COMPILE_CACHE } = env;
  if (NODE_COMPILE_CACHE !== undefined) environment['NODE_COMPILE_CACHE'] = NODE_COMPILE_CACHE;
  for (const option of Object.values(passedOnOptions)) {
    // The key of one agent's model is nothing for the commands of another.
    if (!isNeeded(option, passedOnOptions, env)) continue;
    const { env: name, fallback = '' } = option;
    const value = env[name] ?? fallback;
    if (value !== '') environment[name] = value;
  }
  // A runner works in a folder of its own.
  const { env: name } = passedOnOptions.stateDir;
  if (environment[name] !== undefined) environment[name] = resolve(environment[name]);
  return environment;
}

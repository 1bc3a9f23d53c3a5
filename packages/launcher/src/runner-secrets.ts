// Which of a runner's settings are secrets. In a cluster they come out of its Secret, by their names: a Job holds no value.
import { isNeeded } from '@runnel/shared/process';
import { passedOnOptions } from './config.ts';

/** `env` is the launcher's own: what it was not given, and what belongs to another agent or forge, no runner gets. */
export function runnerSecrets(env: NodeJS.ProcessEnv): string[] {
  return Object.values(passedOnOptions)
    .filter((option) => option.secret === true && isNeeded(option, passedOnOptions, env))
    .map((option) => option.env)
    .filter((name) => (env[name] ?? '') !== '');
}

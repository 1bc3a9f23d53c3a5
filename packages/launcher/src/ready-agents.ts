// Which of the fleet's agents have what they ask their model with: `AGENT_CREDENTIAL=later` lets a launcher start without.
import { runnerOptions, type Option } from '@runnel/shared/process';

const options: readonly Option<unknown>[] = Object.values(runnerOptions);

/** `env` is the launcher's own: whether a key is set. Whether its model takes it nobody knows before it is asked. */
export function readyAgents(env: NodeJS.ProcessEnv): string[] {
  const { providers } = runnerOptions;
  const lacking = options.flatMap(({ env: name, secret, fallback, needed }) => {
    const isKey = secret === true && fallback === undefined && needed?.where === providers.env;
    return isKey && (env[name] ?? '') === '' ? [needed.is].flat() : [];
  });
  return providers.parse(env[providers.env] ?? '').filter((agent) => !lacking.includes(agent));
}

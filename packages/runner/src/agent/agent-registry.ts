// The agents that a runner can have, by name. None of them is loaded before somebody asks for it: their SDKs are large.
import { RunnelError } from '@runnel/shared';
import type { AgentProvider } from './agent-provider.ts';

export type AgentFactory = () => AgentProvider | Promise<AgentProvider>;

export type AgentRegistry = {
  /** The first one is the default. */
  readonly names: readonly string[];
  /** The same provider each time. Throws `agent_unknown`. */
  open(name?: string): Promise<AgentProvider>;
};

/** Where people have no choice. */
export function onlyAgent(provider: AgentProvider): AgentRegistry {
  return agentRegistry({ [provider.name]: () => provider });
}

export function agentRegistry(factories: Readonly<Record<string, AgentFactory>>): AgentRegistry {
  const names = Object.keys(factories);
  const opened = new Map<string, Promise<AgentProvider>>();
  return {
    names,
    async open(name = names[0] ?? '') {
      const create = Object.hasOwn(factories, name) ? factories[name] : undefined;
      if (create === undefined) {
        throw new RunnelError('agent_unknown', `There is no agent called "${name}". There is: ${names.join(', ')}.`);
      }
      const provider = opened.get(name) ?? Promise.resolve(create());
      opened.set(name, provider);
      return provider;
    },
  };
}

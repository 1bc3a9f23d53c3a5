// A provider whose turns are taken in another way; all else of it is as it was.
import type { AgentProvider } from './agent-provider.ts';

export function aroundTurns(provider: AgentProvider, startTurn: AgentProvider['startTurn']): AgentProvider {
  const { name } = provider;
  if (provider.steer === undefined) return { name, startTurn };
  return { name, startTurn, steer: async (session, text) => (await provider.steer?.(session, text)) ?? false };
}

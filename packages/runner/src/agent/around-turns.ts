// A provider whose turns are taken in another way; all else of it is as it was.
import type { AgentProvider } from './agent-provider.ts';

export function aroundTurns(provider: AgentProvider, startTurn: AgentProvider['startTurn']): AgentProvider {
  return { ...provider, startTurn };
}

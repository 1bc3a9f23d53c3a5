// Stage: whether a thread's next turn is that agent's. What was said to one must not begin by itself with another, which may be a shell.
import type { SessionKey } from '@runnel/shared';
import { lookUpAgent } from '../turn/look-up-agent.ts';
import type { TurnParts } from '../turn/turn-parts.ts';

type AgentParts = Pick<TurnParts, 'agents' | 'files' | 'workspaces' | 'over' | 'log'>;

/** Where nobody can tell it is not: a person who presses hears why. */
export async function isForAgent(parts: AgentParts, session: SessionKey, agent: string): Promise<boolean> {
  try {
    return (await lookUpAgent(parts, { session, cancel: parts.over })).name === agent;
  } catch (error) {
    parts.over.throwIfAborted();
    parts.log.warn({ err: error, session }, 'agent of kept messages not known');
    return false;
  }
}

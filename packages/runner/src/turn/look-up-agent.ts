// Stage: which agent would have a thread's next turn, said before there is one.
import type { SessionKey } from '@runnel/shared';
import type { AgentDecision } from './decide-agent.ts';
import type { TurnParts } from './turn-parts.ts';

/** After sleep the checkout has to be brought back: its repository may have a say. Rejects where that is not possible. */
export async function lookUpAgent(
  { agents, files, workspaces }: Pick<TurnParts, 'agents' | 'files' | 'workspaces'>,
  { session, cancel }: { readonly session: SessionKey; readonly cancel: AbortSignal },
): Promise<AgentDecision> {
  if (workspaces?.record(session) === undefined) return agents.decide(session, undefined);
  const { directory } = await files.bringBack(session, cancel);
  return agents.decide(session, directory.files);
}

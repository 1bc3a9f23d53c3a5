// Everything the page draws, in one piece.
import type { Workspace } from '../slack/workspace.ts';

export type ChatState = ReturnType<typeof chatState>;

export function chatState(workspace: Workspace, dashboardUrl: string) {
  const channels = workspace.channels();
  return {
    team: workspace.team.name,
    dashboardUrl,
    users: workspace.users(),
    channels,
    messages: channels.flatMap((channel) => workspace.messages(channel.id)),
    statuses: workspace.statuses(),
    sessions: workspace.sessions(),
    suggested: workspace.suggestedPrompts(),
  };
}

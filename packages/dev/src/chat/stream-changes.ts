// The workspace as server-sent events: first everything there is, then each change. A page that reconnects is complete again.
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Workspace, WorkspaceChange } from '../slack/workspace.ts';
import { chatState } from './chat-state.ts';

// A comment now and then lets both sides notice a connection that is gone.
const KEEP_ALIVE_MS = 15_000;

export function streamChanges(c: Context, workspace: Workspace, dashboardUrl: string): Response {
  return streamSSE(c, async (stream) => {
    const gone = new Promise<void>((resolve) => stream.onAbort(resolve));
    const tell = (event: string, value: unknown): void => void stream.writeSSE({ event, data: JSON.stringify(value) });
    const onChange = (change: WorkspaceChange): void => tell('change', change);
    // Listening starts in the same tick as the picture is taken: no change falls between the two.
    workspace.on('change', onChange);
    tell('state', chatState(workspace, dashboardUrl));
    const keepAlive = setInterval(() => void stream.write(':\n\n'), KEEP_ALIVE_MS);
    await gone;
    clearInterval(keepAlive);
    workspace.off('change', onChange);
  });
}

// For the tests beside it: the chat page on a real server on loopback, with a workspace and runners to look into.
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { FolderRepositories } from '../forge/folder-repositories.ts';
import { Workspace } from '../slack/workspace.ts';
import type { WorkspacePush } from '../slack/workspace.ts';
import { chatRoutes } from './chat-routes.ts';
import type { RunnerPanel, RunnerRow } from './runner-panel.ts';

export const TEST_TOKEN = 'token-of-the-run';

export type TestChat = {
  workspace: Workspace;
  runners: RunnerRow[];
  killed: string[];
  /** What Slack would tell the app. */
  pushes: WorkspacePush[];
  port: number;
  /** The link that is printed. */
  link: string;
  stop(): Promise<void>;
  /** Once more on the same port, after `stop`; as another run when it has another token. */
  start(token?: string): Promise<void>;
};

export async function startTestChat(): Promise<TestChat> {
  const workspace = new Workspace();
  const repositories = new FolderRepositories(join(tmpdir(), 'runnel-no-repositories'));
  const rows: RunnerRow[] = [];
  const killed: string[] = [];
  const pushes: WorkspacePush[] = [];
  workspace.on('push', (push) => pushes.push(push));
  const runners: RunnerPanel = {
    list: async () => rows,
    kill: async (userKey) => {
      if (!rows.some((row) => row.userKey === userKey)) throw new Error(`${userKey} has no runner.`);
      killed.push(userKey);
    },
  };
  let server: Server;
  const start = async (token = TEST_TOKEN, port = 0): Promise<number> => {
    const app = new Hono();
    app.route('/', chatRoutes({ workspace, token, runners, repositories, dashboardUrl: 'http://127.0.0.1:1/queues' }));
    app.get('/api/other', (c) => c.text('not of the chat'));
    server = createAdaptorServer({ fetch: app.fetch }) as Server;
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await start();
  return {
    workspace,
    runners: rows,
    killed,
    pushes,
    port,
    link: `http://127.0.0.1:${port}/?token=${TEST_TOKEN}`,
    start: async (token) => void (await start(token, port)),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type TestAnswer = { status: number; headers: NodeJS.Dict<string | string[]>; body: string };

/** Plain HTTP, which unlike fetch sends any Host and Origin. */
export async function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<TestAnswer> {
  const sent = request({ host: '127.0.0.1', port, path, method, headers });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(body);
  const [answer] = await answered;
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

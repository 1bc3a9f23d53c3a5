// The chat page: a Slack workspace in the browser, where a person writes to the app and is answered by a real runner.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { FolderRepositories } from '../forge/folder-repositories.ts';
import { servePullRequest } from '../forge/serve-pull-request.ts';
import type { Workspace } from '../slack/workspace.ts';
import { CHAT_INPUT, readInput } from './chat-input.ts';
import { chatState } from './chat-state.ts';
import { guardLocalPage } from './guard-local-page.ts';
import type { LocalPageEnv } from './guard-local-page.ts';
import type { RunnerPanel } from './runner-panel.ts';
import { pageHeaders, servePage } from './serve-page.ts';
import { streamChanges } from './stream-changes.ts';

export type ChatOptions = {
  workspace: Workspace;
  /** Of this run, and hard to guess: who has it may run commands on this machine. The link is `/?token=…`. */
  token: string;
  runners: RunnerPanel;
  repositories: FolderRepositories;
  /** Where the page's dashboard link leads, with whatever that page asks for. */
  dashboardUrl: string;
};

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** For a server of `@hono/node-server` on loopback, mounted at its root; answers `/`, `/chat/*` and `/forge/*` and leaves the rest alone. */
export function chatRoutes({ workspace, token, runners, repositories, dashboardUrl }: ChatOptions): Hono<LocalPageEnv> {
  const app = new Hono<LocalPageEnv>();
  const tooLarge = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (c) =>
      c.json({ error: `A message with its files may have ${MAX_BODY_BYTES / 1024 / 1024} MB here.` }, 413),
  });
  for (const path of ['/', '/chat/*', '/forge/*']) app.use(path, pageHeaders(), guardLocalPage(token), tooLarge);

  app.get('/', (c) => servePage(c, 'index.html'));
  app.get('/chat/page/:name', (c) => servePage(c, c.req.param('name')));
  app.get('/chat/state', (c) => c.json(chatState(workspace, dashboardUrl)));
  app.get('/chat/events', (c) => streamChanges(c, workspace, dashboardUrl));
  app.get('/chat/file/:id', (c) => {
    const file = workspace.file(c.req.param('id'));
    if (file === undefined) return c.json({ error: 'There is no such file.' }, 404);
    // Saved, never shown: it may be anything, and would speak with the page's rights.
    return c.body(new Uint8Array(file.content), 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    });
  });
  app.get('/forge/:owner/:name/:number', async (c) => {
    const { owner, name, number } = c.req.param();
    const page = await servePullRequest(repositories, `${owner}/${name}`, Number(number));
    return page === undefined ? c.text('There is no such pull request.\n', 404) : c.html(page);
  });
  app.get('/chat/runners', async (c) => {
    try {
      return c.json(await runners.list());
    } catch {
      return c.json({ error: 'Redis does not answer, so nothing is known of the runners.' }, 503);
    }
  });
  writingRoutes(app, workspace, runners);
  return app;
}

/** What the page asks to be done: each answers with JSON, and a refusal is 400 with a sentence. */
function writingRoutes(app: Hono<LocalPageEnv>, workspace: Workspace, runners: RunnerPanel): void {
  const person = (user: string): string => {
    const found = workspace.users().find((candidate) => candidate.id === user && !candidate.isBot);
    if (found === undefined) throw new Error(`There is no person ${user} here.`);
    return found.id;
  };

  app.post('/chat/post', async (c) => {
    const { user, threadTs, files, ...typed } = await readInput(c.req, CHAT_INPUT.post);
    const message = workspace.postAs(person(user), {
      ...typed,
      ...(threadTs === undefined ? {} : { threadTs }),
      files: files.map(({ name, mimetype, base64 }) => ({
        name,
        ...(mimetype === undefined ? {} : { mimetype }),
        content: Buffer.from(base64, 'base64'),
      })),
    });
    return c.json({ channel: message.channel, ts: message.ts });
  });
  app.post('/chat/command', async (c) => {
    const { user, threadTs, ...given } = await readInput(c.req, CHAT_INPUT.command);
    if (threadTs !== undefined) throw new Error(`Slack has no ${given.command} in threads: write the words alone.`);
    workspace.commandAs(person(user), given);
    return c.json({});
  });
  app.post('/chat/edit', async (c) => {
    const { user, text, ...target } = await readInput(c.req, CHAT_INPUT.edit);
    workspace.editAs(person(user), target, text);
    return c.json({});
  });
  app.post('/chat/delete', async (c) => {
    const { user, ...target } = await readInput(c.req, CHAT_INPUT.delete);
    workspace.deleteAs(person(user), target);
    return c.json({});
  });
  app.post('/chat/press', async (c) => {
    const { user, value, blockId, text, ...press } = await readInput(c.req, CHAT_INPUT.press);
    workspace.pressButton(person(user), {
      ...press,
      ...(value === undefined ? {} : { value }),
      ...(blockId === undefined ? {} : { blockId }),
      ...(text === undefined ? {} : { text }),
    });
    return c.json({});
  });
  app.post('/chat/stop', async (c) => {
    const { user, ...thread } = await readInput(c.req, CHAT_INPUT.stop);
    workspace.pressStop(person(user), thread);
    return c.json({});
  });
  app.post('/chat/kill', async (c) => {
    const { userKey } = await readInput(c.req, CHAT_INPUT.kill);
    await runners.kill(userKey);
    return c.json({});
  });
  app.onError((error, c) => c.json({ error: sentence(error) }, 400));
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

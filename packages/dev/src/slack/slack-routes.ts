// The addresses that Slack itself has: the Web API, uploads, and files behind a token.
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { Faults } from './faults.ts';
import type { FileUploads } from './file-uploads.ts';
import { LOGIN_PATH, serveFile } from './serve-file.ts';
import type { SlackRecord } from './slack-record.ts';
import type { SlackWebApi } from './slack-web-api.ts';
import type { Workspace } from './workspace.ts';

type StandInContext = Context<{ Bindings: HttpBindings }>;

export function slackRoutes(parts: {
  api: SlackWebApi;
  uploads: FileUploads;
  workspace: Workspace;
  faults: Faults;
  record: SlackRecord;
  botToken: string;
}): Hono<{ Bindings: HttpBindings }> {
  const routes = new Hono<{ Bindings: HttpBindings }>();
  routes.post('/api/:method', async (context) => {
    const outcome = await parts.api.call(context.req.param('method'), await readForm(context), readBearer(context));
    if (outcome === 'cut') {
      context.env.incoming.socket.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    return new Response(JSON.stringify(outcome.body), {
      status: outcome.status,
      headers: { 'Content-Type': 'application/json; charset=utf-8', ...outcome.headers },
    });
  });
  routes.post('/upload/v1/:id', async (context) => {
    const isKnown = parts.uploads.receive(context.req.param('id'), await readUpload(context));
    return isKnown ? context.text('OK') : context.text('no such upload', 404);
  });
  routes.get('/files-pri/:id/*', (context) => serveFile(context, parts, readBearer(context) === parts.botToken));
  routes.get(LOGIN_PATH, (context) => context.html('<!DOCTYPE html><title>Sign in</title>'));
  return routes;
}

export function readBearer(context: Context): string | undefined {
  const [scheme, token] = (context.req.header('Authorization') ?? '').split(' ');
  return scheme === 'Bearer' ? token : undefined;
}

async function readForm(context: StandInContext): Promise<Record<string, string>> {
  const fields = Object.entries(await context.req.parseBody());
  return Object.fromEntries(fields.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
}

/** The bytes as they are, or as the one file of a form, as the SDK sends them. */
async function readUpload(context: StandInContext): Promise<Uint8Array> {
  if (!(context.req.header('Content-Type') ?? '').startsWith('multipart/form-data')) {
    return new Uint8Array(await context.req.arrayBuffer());
  }
  const file = Object.values(await context.req.parseBody()).find((value) => value instanceof File);
  return file === undefined ? new Uint8Array() : new Uint8Array(await file.arrayBuffer());
}

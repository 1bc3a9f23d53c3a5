// The bytes of a workspace's files, for the app's token alone. Whoever may not have them is sent to the login page, which says that all is well.
// Faults are asked for as those of a method `files-pri`.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Fault, Faults } from './faults.ts';
import type { SlackRecord } from './slack-record.ts';
import type { StoredFile } from './workspace-objects.ts';
import type { Workspace } from './workspace.ts';

type FileParts = { workspace: Workspace; faults: Faults; record: SlackRecord };
type FileContext = Context<{ Bindings: HttpBindings }>;

export const LOGIN_PATH = '/signin';

export async function serveFile(
  context: FileContext,
  { workspace, faults, record }: FileParts,
  isAllowed: boolean,
): Promise<Response> {
  const id = context.req.param('id')?.split('-').at(-1) ?? '';
  const recorded = record.addCall({ method: 'files-pri', args: { id }, at: Date.now() });
  const fault = faults.take('files-pri');
  if (fault !== undefined) recorded.fault = fault;
  if (fault?.kind === 'delay') await sleep(fault.ms);
  const file = workspace.file(id);
  if (!isAllowed) return context.redirect(LOGIN_PATH);
  if (file === undefined) return context.text('not found', 404);
  return faultyAnswer(context, file, fault) ?? answer(file);
}

function answer({ content, mimetype }: StoredFile): Response {
  const headers = { 'Content-Type': mimetype, 'Content-Length': String(content.byteLength) };
  return new Response(new Uint8Array(content), { headers });
}

function faultyAnswer(context: FileContext, file: StoredFile, fault: Fault | undefined): Response | undefined {
  switch (fault?.kind) {
    case 'refused-before':
      context.env.incoming.socket.destroy();
      return RESPONSE_ALREADY_SENT;
    case 'lost-response':
      return cutOff(context, file);
    case 'ratelimited':
      return context.text('', 429, { 'Retry-After': String(fault.retryAfter) });
    case 'error':
      return fault.error === 'missing_scope' ? context.redirect(LOGIN_PATH) : context.text(fault.error, 403);
    case 'unknown-method':
      return context.text('', 404);
    case 'delay':
    case undefined:
      return undefined;
  }
}

/** Its first half, then nothing more. */
function cutOff(context: FileContext, { content, mimetype }: StoredFile): Response {
  const { outgoing } = context.env;
  outgoing.writeHead(200, { 'Content-Type': mimetype, 'Content-Length': content.byteLength });
  outgoing.write(content.subarray(0, Math.floor(content.byteLength / 2)), () => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}

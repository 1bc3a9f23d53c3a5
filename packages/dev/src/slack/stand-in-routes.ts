// The stand-in by HTTP for tests in other processes: the same that its object offers, behind one of its two tokens.
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { EnvelopeDeliveries } from './envelope-deliveries.ts';
import type { Fault, Faults } from './faults.ts';
import type { SlackRecord } from './slack-record.ts';
import { readBearer } from './slack-routes.ts';
import type { SocketHub } from './socket-hub.ts';
import type { TypedMessage, Workspace } from './workspace.ts';

type StandInParts = {
  workspace: Workspace;
  record: SlackRecord;
  faults: Faults;
  sockets: SocketHub;
  deliveries: Pick<EnvelopeDeliveries, 'giveUp'>;
  tokens: string[];
};
type FaultOrder = { method: string; fault: Fault; times?: number };
type Act = (body: never) => unknown;

export function standInRoutes(parts: StandInParts): Hono {
  const { workspace, record, sockets } = parts;
  const routes = new Hono();
  routes.use(async (context, next) => {
    if (!parts.tokens.includes(readBearer(context) ?? '')) {
      return context.json({ error: 'one of the tokens is needed' }, 401);
    }
    return next();
  });
  routes.get('/record', (context) => {
    const method = context.req.query('method');
    return context.json({
      calls: record.calls(method),
      deliveries: record.deliveries(),
      violations: record.violations(),
    });
  });
  routes.get('/messages', (context) => context.json(workspace.messages(context.req.query('channel') ?? '')));
  routes.get('/workspace', (context) =>
    context.json({
      team: workspace.team,
      users: workspace.users(),
      channels: workspace.channels(),
      statuses: workspace.statuses(),
      sessions: workspace.sessions(),
      sockets: sockets.count(),
    }),
  );
  for (const [path, act] of Object.entries(listActs(parts))) {
    routes.post(`/${path}`, (context) => perform(context, act));
  }
  return routes;
}

function listActs({ workspace, faults, sockets, deliveries }: StandInParts): Record<string, Act> {
  type By<What> = What & { user: string };
  type Target = { channel: string; ts: string };
  return {
    'post-as': ({ user, ...typed }: By<TypedMessage>) => workspace.postAs(user, typed),
    'edit-as': ({ user, text, ...target }: By<Target & { text: string }>) => workspace.editAs(user, target, text),
    'delete-as': ({ user, ...target }: By<Target>) => workspace.deleteAs(user, target),
    'press-button': ({ user, ...press }: By<Target & { actionId: string; text?: string }>) =>
      workspace.pressButton(user, press),
    'press-stop': ({ user, ...thread }: By<{ channel: string; threadTs: string }>) => workspace.pressStop(user, thread),
    'command-as': ({ user, ...given }: By<{ channel: string; command: string; text: string }>) =>
      workspace.commandAs(user, given),
    faults: ({ next, always, clear }: { next?: FaultOrder; always?: FaultOrder; clear?: boolean }) => {
      if (clear === true) faults.clear();
      if (next !== undefined) faults.next(next.method, next.fault, next.times);
      if (always !== undefined) faults.always(always.method, always.fault);
    },
    'give-up-deliveries': () => deliveries.giveUp(),
    sockets: ({ action }: { action: 'refresh' | 'linkDisabled' | 'deadPings' | 'cut' }) => sockets[action](),
  };
}

/** What the workspace refuses is the caller's mistake, told in its words. */
async function perform(context: Context, act: Act): Promise<Response> {
  try {
    return context.json(act(await context.req.json<never>()) ?? {});
  } catch (error) {
    return context.json({ error: String(error) }, 400);
  }
}

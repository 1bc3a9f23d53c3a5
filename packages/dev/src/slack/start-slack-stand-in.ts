// A far end for Slack's own clients on this machine: Web API and Socket Mode over one port of the loopback.
//
//   person --> Workspace --push--> shape --> deliveries --> sockets --> the app
//   the app --> Web API (fault, token, arguments, method, answer) --> Workspace --change--> page
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { BlockRules } from './block-rules.ts';
import { EnvelopeDeliveries } from './envelope-deliveries.ts';
import { Faults } from './faults.ts';
import { FileUploads } from './file-uploads.ts';
import { isLoopbackRequest } from './is-loopback-request.ts';
import { shapeSlackEvents } from './shape-slack-event.ts';
import { showCommandAnswer } from './show-command-answer.ts';
import { SlackRecord } from './slack-record.ts';
import { slackRoutes } from './slack-routes.ts';
import { SlackShapes } from './slack-shapes.ts';
import { SlackWebApi } from './slack-web-api.ts';
import type { ReportViolation } from './slack-web-api.ts';
import { SocketHub } from './socket-hub.ts';
import { standInRoutes } from './stand-in-routes.ts';
import type { Violation, WorkspacePush } from './workspace-objects.ts';
import { Workspace } from './workspace.ts';

export type SlackStandInOptions = {
  appToken: string;
  botToken: string;
  workspace?: Workspace;
  faults?: Faults;
  /** 0 takes a free one. */
  port?: number;
  /** An address of this machine. Another one than the loopback only where nobody else can reach it, as pods of a test. */
  host?: string;
  /** Slack's own durations are multiplied by it; of a given workspace, its own counts. */
  timeScale?: number;
  /** Further routes on the same server. They guard themselves. */
  routes?: Hono<{ Bindings: HttpBindings }>;
};

export type SlackStandIn = {
  /** For `slackApiUrl`: `http://127.0.0.1:PORT/api/`. */
  url: string;
  port: number;
  app: Hono<{ Bindings: HttpBindings }>;
  workspace: Workspace;
  record: SlackRecord;
  faults: Faults;
  sockets: SocketHub;
  /** What the app has not acknowledged until now never comes again. */
  giveUpDeliveries(): void;
  /** What differed from Slack's description: empty, or somebody has work to do. */
  violations(): Violation[];
  close(): Promise<void>;
};

export async function startSlackStandIn(options: SlackStandInOptions): Promise<SlackStandIn> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const parts = createParts(options, place);
  const { workspace, record, faults, sockets, deliveries } = parts;
  const tellApp = (push: WorkspacePush): void => deliverPush(push, parts);
  workspace.on('push', tellApp);
  const app = mountRoutes({ ...options, host }, parts);
  listenTo(server, { app, sockets, host });
  return {
    url: `http://${place}/api/`,
    port,
    app,
    workspace,
    record,
    faults,
    sockets,
    giveUpDeliveries: () => deliveries.giveUp(),
    violations: () => record.violations(),
    async close() {
      workspace.off('push', tellApp);
      deliveries.giveUp();
      sockets.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

type Parts = ReturnType<typeof createParts>;

function createParts(options: SlackStandInOptions, place: string) {
  const { faults = new Faults(), appToken, botToken } = options;
  const workspace = options.workspace ?? new Workspace({ timeScale: options.timeScale ?? 1 });
  const timeScale = options.timeScale ?? workspace.timeScale;
  const { appId } = workspace.bot;
  const shaping = { workspace, baseUrl: `http://${place}/` };
  const record = new SlackRecord();
  const report = reportTo(record, workspace);
  const sockets: SocketHub = new SocketHub({ appId, timeScale, onMessage: (text) => deliveries.acknowledge(text) });
  const judges = { shapes: new SlackShapes(), blockRules: new BlockRules() };
  const deliveries = new EnvelopeDeliveries({
    sockets,
    record,
    timeScale,
    onCommandAnswer: (command, answer) => showCommandAnswer({ ...judges, workspace, report }, command, answer),
  });
  const issueSocketUrl = (): string => `ws://${place}/link/?ticket=${sockets.issueTicket()}&app_id=${appId}`;
  const common = { ...judges, faults, record, report, shaping, uploads: new FileUploads() };
  return {
    ...common,
    workspace,
    sockets,
    deliveries,
    api: new SlackWebApi({ ...common, appToken, botToken, issueSocketUrl }),
  };
}

function deliverPush(push: WorkspacePush, { shaping, shapes, report, deliveries }: Parts): void {
  for (const payload of shapeSlackEvents(push, shaping)) {
    const event = payload.payload['event'] as { type: string } | undefined;
    const faults = event === undefined ? [] : shapes.checkEvent(event);
    if (faults.length > 0) report({ kind: 'event', subject: event?.type ?? '', faults, value: event });
    deliveries.deliver(payload);
  }
}

/** Slack's addresses and the stand-in's own are guarded; the further routes come first and guard themselves. */
function mountRoutes(options: SlackStandInOptions & { host: string }, parts: Parts): SlackStandIn['app'] {
  const { appToken, botToken, routes, host } = options;
  const guarded = new Hono<{ Bindings: HttpBindings }>();
  guarded.use(async (context, next) =>
    isLoopbackRequest(context.env.incoming, host) ? next() : context.text('not from this machine', 403),
  );
  guarded.route('/', slackRoutes({ ...parts, botToken }));
  guarded.route('/stand-in', standInRoutes({ ...parts, tokens: [appToken, botToken] }));
  const app = new Hono<{ Bindings: HttpBindings }>();
  if (routes !== undefined) app.route('/', routes);
  return app.route('/', guarded);
}

function listenTo(
  server: Server,
  { app, sockets, host }: Pick<SlackStandIn, 'app' | 'sockets'> & { host: string },
): void {
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  server.on('request', (request, response) => void answer(request, response));
  server.on('upgrade', (request, stream, head) => {
    const isLink = request.url?.startsWith('/link/') === true;
    if (isLink && isLoopbackRequest(request, host)) sockets.accept(request, stream, head);
    else stream.destroy();
  });
}

function reportTo(record: SlackRecord, workspace: Workspace): ReportViolation {
  return (violation) => {
    const reported = { at: Date.now(), ...violation };
    record.addViolation(reported);
    workspace.violate(reported);
    process.stderr.write(
      `slack stand-in: ${reported.kind} of ${reported.subject} differ from Slack's description: ${reported.faults.join('; ')}\n`,
    );
  };
}

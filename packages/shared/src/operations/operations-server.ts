// The HTTP side of a process: is it alive, is it ready, and what else it has to say to operators.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { trimTrailingSlash } from 'hono/trailing-slash';
import { RunnelError } from '../errors.ts';
import type { Readiness } from './check-readiness.ts';

export type OperationsOptions = {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Served beside `/healthz` and `/readyz`. */
  readonly routes: Hono;
  readonly readiness: () => Promise<Readiness>;
  /** False when a restart would help. What others do, Redis first of all, is no reason: then a restart helps nobody. */
  readonly isAlive: () => boolean;
};

export type OperationsServer = { readonly url: string; close(): Promise<void> };

/** Resolves when it listens. */
export async function startOperationsServer(options: OperationsOptions): Promise<OperationsServer> {
  const server = createAdaptorServer({ fetch: operationsApp(options).fetch });
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunnelError(
      'config_invalid',
      `HTTP_HOST and HTTP_PORT cannot be used (${reason}): choose a free port, or HTTP_PORT=0 for any.`,
      { cause: error },
    );
  }
  // oxlint-disable-next-line no-unsafe-type-assertion -- a server that listens on TCP has an address
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      // Open pages poll for ever; nothing of theirs is worth waiting for.
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

function operationsApp({ host, routes, readiness, isAlive }: OperationsOptions): Hono {
  const app = new Hono();
  if (isLoopback(host)) app.use(refuseForeignHosts);
  app.use(trimTrailingSlash());
  app.get('/healthz', (context) => {
    const alive = isAlive();
    return context.json({ alive }, alive ? 200 : 503);
  });
  app.get('/readyz', async (context) => {
    const found = await readiness();
    return context.json(found, found.ready ? 200 : 503);
  });
  return app.route('/', routes);
}

/** A page of a stranger can give its own name our address; the name it asks for gives it away. */
const refuseForeignHosts: MiddlewareHandler = async (context, next) => {
  const host = context.req.header('host') ?? '';
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  if (!isLoopback(name)) return context.text('This address serves its own machine only.\n', 403);
  return next();
};

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

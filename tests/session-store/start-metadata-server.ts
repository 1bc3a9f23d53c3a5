// What of a metadata server a client of Google's storage asks for, on loopback: a token for the pod that asks.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const TOKEN = '/computeMetadata/v1/instance/service-accounts/default/token';

export const token = 'of-the-pod';

/** Whether a call gets its answer, a connection that is cut, or nothing at all. */
export type Manner = 'answer' | 'cut' | 'silent';

export type MetadataServer = AsyncDisposable & {
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  /** Decides about each call from now on. */
  treat: () => Manner;
};

export async function startMetadataServer(port: number): Promise<MetadataServer> {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    const { pathname } = new URL(request.url ?? '/', 'http://metadata');
    asked.push(pathname);
    const manner = metadata.treat();
    if (manner === 'cut') request.socket.destroy();
    if (manner === 'answer') tell(pathname, request, answer);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const metadata: MetadataServer = {
    asked,
    treat: () => 'answer',
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return metadata;
}

function tell(pathname: string, { headers }: IncomingMessage, answer: ServerResponse): void {
  const isAllowed = headers['metadata-flavor'] === 'Google';
  const body =
    isAllowed && pathname === TOKEN ? { access_token: token, expires_in: 3_599, token_type: 'Bearer' } : 'our-project';
  const status = isAllowed ? 200 : 403;
  answer.writeHead(status, { 'metadata-flavor': 'Google', 'content-type': 'application/json' });
  answer.end(JSON.stringify(body));
}

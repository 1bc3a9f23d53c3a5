// Says whether this runner is alive to whoever may end it: `GET /healthz`, from the renewal thread, so that a busy main thread is
// not taken for a dead one. A socket and one line of HTTP: `node:http` would cost every runner 1.7 MB.
import { createServer, type Server, type Socket } from 'node:net';

/** A probe is one line and some headers, and comes at once. */
const LONGEST_REQUEST = 4_096;
const SILENT_MS = 5_000;
const MOST_PROBES = 16;

/** `findFault` says what is wrong, or nothing. A port that cannot be had is an error of the thread. */
export function answerProbes(port: number, findFault: () => string | undefined): Server {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(SILENT_MS, () => socket.destroy());
    readRequest(socket, (request) => socket.end(answer(request, findFault)));
  });
  server.maxConnections = MOST_PROBES;
  return server.listen(port);
}

function readRequest(socket: Socket, onRequest: (request: string) => void): void {
  let text = '';
  const onData = (data: Buffer): void => {
    text += data.toString('latin1');
    const isWhole = text.includes('\r\n\r\n');
    if (!isWhole && text.length < LONGEST_REQUEST) return;
    socket.off('data', onData);
    // What comes after is of no interest, but a socket that is not read never ends.
    socket.resume();
    onRequest(text);
  };
  socket.on('data', onData);
}

function answer(request: string, findFault: () => string | undefined): string {
  if (!/^GET \/healthz[ ?]/.test(request)) return response('404 Not Found', { error: 'Only /healthz is answered.' });
  const fault = findFault();
  if (fault === undefined) return response('200 OK', { alive: true });
  return response('503 Service Unavailable', { alive: false, fault });
}

function response(status: string, body: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(body);
  const headers = ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`, 'Connection: close'];
  return `HTTP/1.1 ${status}\r\n${headers.join('\r\n')}\r\n\r\n${text}`;
}

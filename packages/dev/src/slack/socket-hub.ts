// The app's sockets: tickets, hello, pings, and the ways in which Slack takes a socket away.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

const MAX_SOCKETS = 10;
const PING_EVERY_MS = 10_000;
const WARNING_BEFORE_REFRESH_MS = 10_000;

type OpenSocket = { number: number; socket: WebSocket; isDead: boolean };
export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

export class SocketHub {
  // Pongs are sent by hand, so that they can be withheld.
  readonly #server = new WebSocketServer({ noServer: true, autoPong: false });
  readonly #tickets = new Set<string>();
  readonly #pings: NodeJS.Timeout;
  readonly #timeScale: number;
  readonly #onMessage: (text: string) => void;
  readonly #appId: string;
  #sockets: OpenSocket[] = [];
  #opened = 0;
  /** Connections that are left without an answer: how many of the next ones, and those that stand. */
  #unanswered = 0;
  readonly #silent = new Set<Duplex>();

  constructor({
    appId,
    timeScale,
    onMessage,
  }: {
    appId: string;
    timeScale: number;
    onMessage: (text: string) => void;
  }) {
    this.#appId = appId;
    this.#timeScale = timeScale;
    this.#onMessage = onMessage;
    this.#pings = setInterval(() => this.#ping(), PING_EVERY_MS);
  }

  count(): number {
    return this.#sockets.length;
  }

  /** A ticket opens one socket. */
  issueTicket(): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return ticket;
  }

  accept(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', 'ws://localhost').searchParams.get('ticket') ?? '';
    if (!this.#tickets.delete(ticket)) {
      stream.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    if (this.#unanswered > 0) {
      this.#unanswered -= 1;
      this.#silent.add(stream);
      stream.once('close', () => this.#silent.delete(stream)).on('error', () => undefined);
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (socket) => this.#open(socket));
  }

  /** To one of the sockets, the one that waited longest: Slack promises no order. Gives its number, or nothing where none is open. */
  send(message: object): number | undefined {
    return this.sendText(JSON.stringify(message));
  }

  /** Anything at all, as no Slack would send it. */
  sendText(text: string): number | undefined {
    const chosen = this.#sockets.shift();
    if (chosen === undefined) return undefined;
    this.#sockets.push(chosen);
    chosen.socket.send(text);
    return chosen.number;
  }

  /** As Slack renews a connection: a warning, ten seconds (scaled), then the request to go. */
  refresh(): void {
    const told = [...this.#sockets];
    this.disconnect('warning', told);
    setTimeout(() => this.disconnect('refresh_requested', told), WARNING_BEFORE_REFRESH_MS * this.#timeScale).unref();
  }

  linkDisabled(): void {
    this.disconnect('link_disabled');
  }

  disconnect(reason: DisconnectReason, sockets: OpenSocket[] = this.#sockets): void {
    for (const { socket } of sockets) {
      if (socket.readyState === socket.OPEN) {
        socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'stand-in' } }));
      }
    }
  }

  /** From now on no ping and no pong, as from a peer that went without a word; sockets that open later are alive again. */
  deadPings(): void {
    for (const opened of this.#sockets) opened.isDead = true;
  }

  /** The next connection is taken, and nothing is ever said on it. */
  leaveUnanswered(): void {
    this.#unanswered += 1;
  }

  /** The connections break. */
  cut(): void {
    for (const { socket } of this.#sockets) socket.terminate();
    this.#sockets = [];
  }

  close(): void {
    clearInterval(this.#pings);
    for (const stream of this.#silent) stream.destroy();
    this.cut();
    this.#server.close();
  }

  #open(socket: WebSocket): void {
    this.#opened += 1;
    const opened = { number: this.#opened, socket, isDead: false };
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#sockets = this.#sockets.filter((other) => other !== opened);
    });
    socket.on('ping', (data) => {
      if (!opened.isDead) socket.pong(data);
    });
    socket.on('message', (data) => this.#onMessage((data as Buffer).toString('utf8')));
    if (this.#sockets.length >= MAX_SOCKETS) {
      this.disconnect('too_many_websockets', [opened]);
      socket.close();
      return;
    }
    this.#sockets.push(opened);
    socket.send(JSON.stringify(this.#hello()));
  }

  #hello(): object {
    return {
      type: 'hello',
      num_connections: this.#sockets.length,
      connection_info: { app_id: this.#appId },
      debug_info: {
        host: 'stand-in',
        started: new Date().toISOString(),
        build_number: 1,
        approximate_connection_time: 18_060,
      },
    };
  }

  #ping(): void {
    for (const { socket, isDead } of this.#sockets) {
      if (!isDead) socket.ping(`Ping from stand-in ${Date.now()}`);
    }
  }
}

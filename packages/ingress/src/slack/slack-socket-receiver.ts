// ADAPTER: keeps one Socket Mode connection to Slack open and hands over what comes in. A successor is connected before the
// old one goes; a process that has had no socket for too long says so and ends.
import { setTimeout as delay } from 'node:timers/promises';
import { RunnelError, retryable } from '@runnel/shared';
import type { IncomingSlackEnvelope } from './incoming-slack-envelope.ts';
import { openSlackSocket, type SlackSocket, type SlackSocketOptions } from './slack-socket.ts';

export type SlackReceiverOptions = Omit<SlackSocketOptions, 'onEnvelope'> & {
  readonly take: (envelope: IncomingSlackEnvelope) => Promise<void>;
  /** So long may there be no socket before `lost` rejects, in milliseconds. */
  readonly patienceMs: number;
};

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export class SlackSocketReceiver {
  readonly #options: SlackReceiverOptions;
  readonly #closing = new AbortController();
  readonly #sockets = new Set<SlackSocket>();
  readonly #inHand = new Set<Promise<void>>();
  readonly #lost = Promise.withResolvers<never>();
  #patience: NodeJS.Timeout | undefined;
  #lastFault: RunnelError | undefined;
  #isDraining = false;
  #isLost = false;

  constructor(options: SlackReceiverOptions) {
    this.#options = options;
    this.#lost.promise.catch(() => undefined); // whoever waits for it hears it
  }

  /** Rejects, with what to tell the operator, once there has been no socket for `patienceMs`; never resolves. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  isLost(): boolean {
    return this.#isLost;
  }

  isConnected(): boolean {
    return this.#sockets.size > 0;
  }

  /** Resolves once Slack said hello. Throws `slack_auth` where Slack refuses the token. */
  async start(): Promise<void> {
    this.#becomeImpatient();
    // What passes by itself is waited out; a refused token does not.
    const first = await this.#openUntilItWorks(({ code }) => code === 'slack_auth');
    if (first !== undefined) void this.#keepOpen(first);
  }

  /** Takes nothing more, finishes what is in hand, closes. What comes in meanwhile is not acknowledged: Slack gives it to another. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await Promise.allSettled(this.#inHand);
    this.#closing.abort();
    clearTimeout(this.#patience);
    for (const socket of this.#sockets) socket.close();
  }

  async #keepOpen(first: SlackSocket): Promise<void> {
    const { log } = this.#options;
    let current = first;
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.#closing.signal.aborted) {
      const openedAt = performance.now();
      log.info({ reason: await current.leaving }, 'slack socket leaves');
      const old = current;
      // A socket that did not last is a reason to wait: Slack may send every one away (`link_disabled`).
      if (performance.now() - openedAt > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
      else pauseMs = await this.#pause(pauseMs);
      const next = await this.#openUntilItWorks();
      // What is in hand still acknowledges through the connection it came by.
      void Promise.allSettled(this.#inHand).then(() => old.close());
      if (next === undefined) return;
      current = next;
    }
  }

  async #openUntilItWorks(isHopeless: (fault: RunnelError) => boolean = () => false): Promise<SlackSocket | undefined> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.#closing.signal.aborted) {
      try {
        return await this.#open();
      } catch (error) {
        const fault = RunnelError.from(error);
        if (isHopeless(fault)) throw fault;
        this.#lastFault = fault;
        this.#options.log.warn({ err: error }, 'slack socket not opened');
        pauseMs = await this.#pause(pauseMs);
      }
    }
    return undefined;
  }

  async #open(): Promise<SlackSocket> {
    const socket = await openSlackSocket({ ...this.#options, onEnvelope: (envelope) => this.#receive(envelope) });
    if (this.#closing.signal.aborted) socket.close();
    this.#sockets.add(socket);
    clearTimeout(this.#patience);
    this.#options.log.info('slack socket open');
    void socket.gone.then(() => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#becomeImpatient();
    });
    return socket;
  }

  #receive(envelope: IncomingSlackEnvelope): void {
    if (this.#isDraining) return;
    const taken = this.#take(envelope).finally(() => this.#inHand.delete(taken));
    this.#inHand.add(taken);
  }

  async #take(envelope: IncomingSlackEnvelope): Promise<void> {
    try {
      await this.#options.take(envelope);
    } catch (error) {
      // Redis away, no replica, or a socket that went before its acknowledgement: Slack delivers again.
      this.#options.log.error({ err: error, retry: envelope.retry }, 'slack envelope not acknowledged');
    }
  }

  #becomeImpatient(): void {
    if (this.#closing.signal.aborted) return;
    clearTimeout(this.#patience);
    const { patienceMs } = this.#options;
    this.#patience = setTimeout(() => {
      const why = this.#lastFault?.rawMessage ?? 'Slack did not say why';
      const code = this.#lastFault?.code ?? 'slack_unavailable';
      this.#isLost = true;
      this.#lost.reject(
        new RunnelError(code, `No socket to Slack for ${patienceMs} ms: ${why}.`, { retry: retryable() }),
      );
    }, patienceMs);
  }

  /** Waits, unless closing; answers the next, longer pause. */
  async #pause(ms: number): Promise<number> {
    await delay(ms, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    return Math.min(ms * 2, LONGEST_PAUSE_MS);
  }
}

// Hands envelopes to the app until it acknowledges them: three seconds each, then again at once, after a minute, after five.
// What came while no socket was open counts as not acknowledged, so that it comes only as a retry. Interactions and commands are never
// repeated.
import { randomUUID } from 'node:crypto';
import type { SlackPayload } from './shape-slack-event.ts';
import type { RecordedDelivery, SlackRecord } from './slack-record.ts';
import { parseJson } from './slack-shapes.ts';
import type { SocketHub } from './socket-hub.ts';

const ACK_WITHIN_MS = 3_000;
const RETRY_AFTER_MS = [0, 60_000, 300_000];

/** A slash command was acknowledged, with or without words. */
type OnCommandAnswer = (command: SlackPayload['payload'], answer: unknown) => void;
type Delivery = { push: SlackPayload; attempt: number; isAcked: boolean };

export class EnvelopeDeliveries {
  readonly #sockets: Pick<SocketHub, 'send'>;
  readonly #record: SlackRecord;
  readonly #timeScale: number;
  readonly #onCommandAnswer: OnCommandAnswer;
  readonly #sent = new Map<string, { delivery: Delivery; recorded: RecordedDelivery }>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor({
    sockets,
    record,
    timeScale,
    onCommandAnswer,
  }: {
    sockets: Pick<SocketHub, 'send'>;
    record: SlackRecord;
    timeScale: number;
    onCommandAnswer: OnCommandAnswer;
  }) {
    this.#sockets = sockets;
    this.#record = record;
    this.#timeScale = timeScale;
    this.#onCommandAnswer = onCommandAnswer;
  }

  deliver(push: SlackPayload): void {
    this.#attempt({ push, attempt: 0, isAcked: false });
  }

  /** What the app sends on a socket: `{envelope_id, payload}`. */
  acknowledge(text: string): void {
    const message = parseJson(text) as { envelope_id?: string; payload?: unknown } | undefined;
    if (message?.envelope_id === undefined) return;
    this.#record.addAcknowledgement(message.envelope_id);
    const sent = this.#sent.get(message.envelope_id);
    if (sent === undefined) return;
    sent.delivery.isAcked = true;
    sent.recorded.ackedAt = Date.now();
    sent.recorded.ack = message.payload;
    const { type, payload } = sent.delivery.push;
    if (type === 'slash_commands') this.#onCommandAnswer(payload, message.payload);
  }

  /** Slack has tried long enough: what was not acknowledged until now never comes again. */
  giveUp(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Each attempt is an envelope of its own around the same payload: what says that it is the same is the `event_id`. */
  #attempt(delivery: Delivery): void {
    const { push, attempt } = delivery;
    const envelopeId = randomUUID();
    const retryReason = attempt === 0 ? '' : 'timeout';
    const marks = push.type === 'events_api' ? { retry_attempt: attempt, retry_reason: retryReason } : {};
    const acceptsResponse = { accepts_response_payload: push.type !== 'events_api' };
    const recorded = this.#record.addDelivery({
      envelopeId,
      type: push.type,
      ...describe(push),
      attempt,
      retryReason,
      at: Date.now(),
    });
    this.#sent.set(envelopeId, { delivery, recorded });
    this.#forget();
    const socket = this.#sockets.send({
      envelope_id: envelopeId,
      type: push.type,
      ...acceptsResponse,
      ...marks,
      payload: push.payload,
    });
    if (socket !== undefined) recorded.socket = socket;
    this.#after(ACK_WITHIN_MS, () => this.#retry(delivery));
  }

  #retry(delivery: Delivery): void {
    const wait = RETRY_AFTER_MS[delivery.attempt];
    if (delivery.isAcked || wait === undefined || delivery.push.type !== 'events_api') return;
    this.#after(wait, () => {
      if (delivery.isAcked) return;
      delivery.attempt += 1;
      this.#attempt(delivery);
    });
  }

  /** Whoever acknowledges an envelope from ten thousand envelopes ago is not heard. */
  #forget(): void {
    const [oldest] = this.#sent.keys();
    if (oldest !== undefined && this.#sent.size > 10_000) this.#sent.delete(oldest);
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms * this.#timeScale);
    this.#timers.add(timer);
  }
}

function describe({ type, payload }: SlackPayload): { eventType: string; eventId?: string } {
  if (type === 'interactive') return { eventType: String(payload['type']) };
  if (type === 'slash_commands') return { eventType: String(payload['command']) };
  const event = payload['event'] as { type: string };
  return { eventType: event.type, eventId: String(payload['event_id']) };
}

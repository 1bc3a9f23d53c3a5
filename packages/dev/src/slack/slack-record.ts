// What reached the stand-in and what it sent, in order and bounded, for tests to read.
import type { Fault } from './faults.ts';
import type { Violation } from './workspace-objects.ts';

/** `answer` is missing while the call is on its way, and for a call that was refused. Times are in milliseconds since 1970. */
export type RecordedCall = {
  method: string;
  args: Record<string, unknown>;
  at: number;
  status?: number;
  answer?: Record<string, unknown>;
  fault?: Fault;
};

/** One attempt at handing an envelope to a socket. `socket` is missing when none was open. */
export type RecordedDelivery = {
  envelopeId: string;
  type: 'events_api' | 'interactive' | 'slash_commands';
  eventType: string;
  eventId?: string;
  attempt: number;
  retryReason: string;
  at: number;
  socket?: number;
  ackedAt?: number;
  ack?: unknown;
};

const KEPT = 10_000;

export class SlackRecord {
  readonly #calls: RecordedCall[] = [];
  readonly #deliveries: RecordedDelivery[] = [];
  readonly #acknowledgements: string[] = [];
  readonly #violations: Violation[] = [];

  addCall(call: RecordedCall): RecordedCall {
    return keep(this.#calls, call);
  }

  addDelivery(delivery: RecordedDelivery): RecordedDelivery {
    return keep(this.#deliveries, delivery);
  }

  addAcknowledgement(envelopeId: string): void {
    keep(this.#acknowledgements, envelopeId);
  }

  addViolation(violation: Violation): void {
    keep(this.#violations, violation);
  }

  calls(method?: string): RecordedCall[] {
    return this.#calls.filter((call) => method === undefined || call.method === method);
  }

  deliveries(eventType?: string): RecordedDelivery[] {
    return this.#deliveries.filter((delivery) => eventType === undefined || delivery.eventType === eventType);
  }

  /** Of every envelope, however it was sent. */
  acknowledgements(): string[] {
    return [...this.#acknowledgements];
  }

  violations(): Violation[] {
    return [...this.#violations];
  }
}

function keep<T>(list: T[], item: T): T {
  list.push(item);
  if (list.length > KEPT) list.shift();
  return item;
}

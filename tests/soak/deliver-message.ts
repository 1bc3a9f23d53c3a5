// Slack delivers: until it is acknowledged to, again and to another ingress; now and then once more than it had to.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryPayload } from '@runnel/shared';
import type { Dice } from './dice.ts';
import type { Strike } from './fault-counts.ts';
import type { MessageLedger, SentMessage } from './message-ledger.ts';
import { identityOf, threadOfPerson, userKeyOf } from './numbered-message.ts';
import type { Peer } from './peer.ts';
import { durations } from './soak-settings.ts';
import type { IngressVerbs } from './soak-verbs.ts';

export type DeliveryParts = {
  readonly dice: Dice;
  readonly strike: Strike;
  readonly ledger: MessageLedger;
  readonly ingresses: () => readonly Peer<IngressVerbs>[];
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
};

const PAUSE_MS = 50;

export async function deliverMessage(parts: DeliveryParts, message: SentMessage, payload: EntryPayload): Promise<void> {
  const { dice, strike } = parts;
  const { number } = message;
  const deliveries = [deliverUntilTaken(parts, { message, payload, first: 0 })];
  if (strike('repeat-delivery', 0.05, number)) {
    // Mostly at once, by the other ingress; sometimes long after it was answered.
    const isLong = dice.roll('repeat-long', number) < 0.1;
    const ms = dice.between(0, isLong ? durations.seenMs / 3 : 30, 'repeat', number);
    deliveries.push(sleep(ms).then(() => deliverUntilTaken(parts, { message, payload, first: 1 })));
  }
  await Promise.all(deliveries);
}

type Delivery = { readonly message: SentMessage; readonly payload: EntryPayload; readonly first: number };

async function deliverUntilTaken(parts: DeliveryParts, { message, payload, first }: Delivery): Promise<void> {
  const { ledger, dice } = parts;
  const { number, person, session } = message;
  const request = { user: userKeyOf(person), identity: identityOf(number, person), payload };
  const thread = threadOfPerson(person, session);
  const offset = Math.floor(dice.roll('ingress', number) * 2) + first;
  for (let copy = first; !parts.signal.aborted; copy += 1) {
    if (copy > 0) ledger.counts.redelivered += 1;
    const ingresses = parts.ingresses();
    const ingress = ingresses[(offset + copy - first) % ingresses.length];
    const answer = await within(ingress?.ask('deliver', { request, thread, copy }));
    if (answer?.verdict === 'full') ledger.counts.refused += 1;
    if (answer?.verdict === 'queued' || answer?.verdict === 'duplicate') {
      return ledger.acknowledge(message, answer.entryId);
    }
    await sleep(PAUSE_MS);
  }
}

/** Undefined when it was not taken in time. */
async function within<T>(call: Promise<T> | undefined): Promise<T | undefined> {
  const late = new AbortController();
  const timeout = sleep(durations.slackPatienceMs, undefined, { signal: late.signal }).catch(() => undefined);
  try {
    return await Promise.race([call?.catch(() => undefined), timeout]);
  } finally {
    late.abort();
  }
}

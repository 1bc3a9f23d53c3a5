// The people of a soak: each writes in bursts, into a few threads, waits for answers, rests; now and then a stop, an edit, a delete.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryPayload } from '@runnel/shared';
import type { Dice } from './dice.ts';
import type { MessageLedger, SentMessage } from './message-ledger.ts';
import {
  authorOf,
  identityOf,
  numberOf,
  numberOfPress,
  personOf,
  readNumber,
  sessionNumberOf,
  sessionOfPerson,
  slackTs,
} from './numbered-message.ts';
import { sayMessage } from './read-answer.ts';
import { shape, type SoakOptions } from './soak-settings.ts';
import type { SaidMessage } from './soak-verbs.ts';

export type WritingParts = {
  readonly options: Pick<SoakOptions, 'users' | 'messages'>;
  readonly dice: Dice;
  readonly ledger: MessageLedger;
  readonly deliver: (message: SentMessage, payload: EntryPayload) => void;
  readonly signal: AbortSignal;
};

const BURST_MOST = 9;
const GAP_MOST_MS = 25;
const PAUSE_MS = 250;
/** Some leave for longer: their runners sleep, and nothing of theirs wakes one meanwhile. */
const LONG_PAUSE = { chance: 0.12, least: 1_000, most: 4_000 };
/** Whoever has that many unanswered messages waits. */
const MOST_WAITING = 25;
const LOOK_MS = 20;
/** How many of the choices that are offered are taken. */
const PRESSED = { run_now: 0.7, discard: 0.35 };
const PRESSED_WITHIN_MS = 600;

/** Resolves when all messages are sent. */
export async function writeMessages(parts: WritingParts): Promise<void> {
  await Promise.all(Array.from({ length: parts.options.users }, (_, person) => writeAs(parts, person)));
}

async function writeAs(parts: WritingParts, person: number): Promise<void> {
  const { options, dice, ledger, signal } = parts;
  const recent: SentMessage[] = [];
  let count = 0;
  const isDone = (): boolean => signal.aborted || ledger.counts.sent >= options.messages;
  while (!isDone()) {
    const burst = 1 + Math.floor(BURST_MOST * dice.roll('burst', person, count) ** 2);
    for (let left = burst; left > 0 && !isDone(); left -= 1) {
      count += 1;
      write(parts, { person, count, recent });
      await sleep(dice.between(0, GAP_MOST_MS, 'gap', person, count));
    }
    const patience = dice.roll('patience', person, count) < 0.85 ? 0 : MOST_WAITING;
    while (!isDone() && ledger.waiting(person) > patience) await sleep(LOOK_MS);
    await sleep(pauseOf(dice, person, count), undefined, { signal }).catch(() => undefined);
  }
}

function pauseOf(dice: Dice, person: number, count: number): number {
  const { chance, least, most } = LONG_PAUSE;
  if (dice.roll('leaves', person, count) < chance) return dice.between(least, most, 'left', person, count);
  return -PAUSE_MS * Math.log(1 - dice.roll('pause', person, count));
}

type Writer = { readonly person: number; readonly count: number; readonly recent: SentMessage[] };

function write({ options, dice, ledger, deliver }: WritingParts, { person, count, recent }: Writer): void {
  const number = numberOf(person, count, options.users);
  const session = Math.floor(dice.roll('session', person, count) * shape.sessionsOfAPerson);
  const target = recent.findLast((message) => message.session === session);
  const kind = target === undefined ? 'prompt' : kindOf(dice.roll('kind', person, count));
  const message = { number, kind, person, session };
  ledger.send(message);
  if (kind === 'prompt') recent.push(message);
  if (recent.length > 2 * shape.sessionsOfAPerson) recent.shift();
  if (kind === 'delete' && target !== undefined) ledger.takeBack(target.number);
  deliver(message, payloadOf(message, target));
}

/** An answer offers a choice about what is held: most people choose, some twice, and the slow ones press on an old button. */
export async function choose(parts: WritingParts, { holdsFor = '', ts, threadTs }: SaidMessage): Promise<void> {
  const { options, dice, ledger, deliver, signal } = parts;
  const stop = readNumber(holdsFor);
  if (stop === undefined) return;
  const person = personOf(stop, options.users);
  const session = sessionNumberOf(threadTs);
  for (const button of ['run_now', 'discard'] as const) {
    if (dice.roll('presses', button, stop) >= PRESSED[button]) continue;
    const ms = dice.between(0, PRESSED_WITHIN_MS, 'thinks', button, stop);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const message: SentMessage = { number: numberOfPress(stop, button), kind: button, person, session };
    ledger.send(message);
    deliver(message, { ...commonOf(message), type: button, target: holdsFor, message: ts });
  }
}

function kindOf(roll: number): Written['kind'] {
  if (roll < 0.92) return 'prompt';
  if (roll < 0.95) return 'stop';
  return roll < 0.98 ? 'edit' : 'delete';
}

type Written = SentMessage & { readonly kind: 'prompt' | 'stop' | 'edit' | 'delete' };

function payloadOf(message: Written, target: SentMessage | undefined): EntryPayload {
  const { number, kind, person } = message;
  const common = commonOf(message);
  const of = target === undefined ? '' : identityOf(target.number, person);
  switch (kind) {
    case 'prompt':
      return { ...common, type: 'prompt', ts: slackTs(number), text: sayMessage(number), fileNames: [] };
    case 'stop':
      return { ...common, type: 'stop' };
    case 'edit':
      return { ...common, type: 'edit', target: of, text: sayMessage(target?.number ?? 0, number) };
    case 'delete':
      return { ...common, type: 'delete', target: of };
  }
}

function commonOf({ number, person, session }: SentMessage) {
  const at = Number(slackTs(number)) * 1_000;
  return { v: 1, session: sessionOfPerson(person, session), author: authorOf(person), at } as const;
}

// Messages are numbered, and their Slack timestamps hold the number: whatever carries an identity says which message it is about.
import { messageIdentity, type SessionKey, sessionKey, type Thread, type UserKey } from '@runnel/shared';

const TEAM = 'T0';
const EPOCH_S = 1_700_000_000;
/** One message each 100 microseconds of Slack's clock. */
const MESSAGES_A_SECOND = 10_000;
/** Whatever we say comes after whatever people say. */
const OURS_AFTER_S = 10_000_000;
/** A message, and what may be pressed about it. */
const SLOTS = 4;

/** What the `count`-th message of a person is numbered, counted from 1; 0 is none. */
export function numberOf(person: number, count: number, people: number): number {
  return (count * people + person) * SLOTS;
}

/** Of a press on one of the buttons that stand for a stop. */
export function numberOfPress(stop: number, button: 'run_now' | 'discard'): number {
  return stop + (button === 'run_now' ? 1 : 2);
}

/** The stop that a press speaks of. */
export function stopOf(press: number): number {
  return press - (press % SLOTS);
}

export function personOf(message: number, people: number): number {
  return Math.floor(message / SLOTS) % people;
}

export function slackTs(message: number): string {
  const micros = (message % MESSAGES_A_SECOND) * (1_000_000 / MESSAGES_A_SECOND);
  return `${EPOCH_S + Math.floor(message / MESSAGES_A_SECOND)}.${String(micros).padStart(6, '0')}`;
}

/** The `count`-th thing that we say. */
export function ourTs(count: number): string {
  const seconds = EPOCH_S + OURS_AFTER_S + Math.floor(count / 1_000_000);
  return `${seconds}.${String(count % 1_000_000).padStart(6, '0')}`;
}

export function identityOf(message: number, person: number): string {
  return messageIdentity(TEAM, channelOf(person), slackTs(message));
}

/** Of an identity, or of what begins with one; undefined for anything else. */
export function readNumber(identity: string): number | undefined {
  const [, seconds, micros] = /^T0:D\d+:(\d+)\.(\d{6})(?!\d)/.exec(identity) ?? [];
  if (seconds === undefined || micros === undefined) return undefined;
  const ticks = Math.round((Number(micros) * MESSAGES_A_SECOND) / 1_000_000);
  return (Number(seconds) - EPOCH_S) * MESSAGES_A_SECOND + ticks;
}

export function authorOf(person: number): string {
  return `U${person}`;
}

export function userKeyOf(person: number): UserKey {
  return `${TEAM}:${authorOf(person)}`;
}

export function threadOfPerson(person: number, session: number): Thread {
  return { channel: channelOf(person), threadTs: `${EPOCH_S - 1_000 + session}.000000` };
}

/** Which of a person's sessions a thread is. */
export function sessionNumberOf(threadTs: string): number {
  return Number(threadTs) - (EPOCH_S - 1_000);
}

export function sessionOfPerson(person: number, session: number): SessionKey {
  return sessionKey(TEAM, threadOfPerson(person, session));
}

export function personOfChannel(channel: string): number {
  return Number(channel.slice(1));
}

function channelOf(person: number): string {
  return `D${person}`;
}

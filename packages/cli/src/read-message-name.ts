// What an operator names a message by: a link that Slack gave them, its channel and timestamp, or the delivery id of its answer.
import { messageIdentity } from '@runnel/shared';

export type MessageName =
  /** Without a team where it came as a link: a link names none. */
  | { readonly kind: 'message'; readonly team: string; readonly channel: string; readonly ts: string }
  /** Known by its event alone: a Stop, an edit, a delete. */
  | { readonly kind: 'event'; readonly identity: string };

const REPLY = 'reply:';

/** Throws an Error with a sentence for what names nothing. */
export function readMessageName(words: readonly string[]): MessageName {
  const [given = '', second] = words;
  if (given === '') throw new Error('A message has to be named.');
  if (given.startsWith(REPLY)) return readIdentity(given.slice(REPLY.length));
  const name = given.includes('://') ? readPermalink(given) : readParts(words.join(':'));
  if (name !== undefined && (second === undefined || !given.includes('://'))) return name;
  throw new Error(`"${words.join(' ')}" names no message.`);
}

/** The identity of the name; of a link without its team, as a key that needs none takes it. */
export function identityOf(name: MessageName): string {
  return name.kind === 'event' ? name.identity : messageIdentity(name.team, name.channel, name.ts);
}

/** As people read it. */
export function sayName(name: MessageName): string {
  return identityOf(name).replace(/^:/, '');
}

function readIdentity(identity: string): MessageName {
  if (identity === '') throw new Error('A delivery id is "reply:" and what it answers.');
  return readParts(identity) ?? { kind: 'event', identity };
}

/** `T0:C0:1700000000.123456`, or without the team. */
function readParts(text: string): MessageName | undefined {
  const [, team = '', channel = '', ts = ''] = /^(?:([A-Z0-9]+):)?([A-Z0-9]+):(\d+\.\d+)$/.exec(text) ?? [];
  return channel === '' ? undefined : { kind: 'message', team, channel, ts };
}

/** `https://x.slack.com/archives/C0/p1700000000123456?thread_ts=…&cid=C0`: the last six digits are behind the point. */
function readPermalink(text: string): MessageName | undefined {
  const path = URL.canParse(text) ? new URL(text).pathname : '';
  const [, channel = '', seconds = '', micros = ''] = /^\/archives\/([A-Z0-9]+)\/p(\d+)(\d{6})\/?$/.exec(path) ?? [];
  return channel === '' ? undefined : { kind: 'message', team: '', channel, ts: `${seconds}.${micros}` };
}

// Stage: finds whose inbox a request goes to, or that it is not for us.
import {
  sessionKey,
  type Enqueue,
  type EntryPayload,
  type InboxWriter,
  type Thread,
  type UserKey,
} from '@runnel/shared';
import { decideAddressee } from './decide-addressee.ts';
import type {
  SlackEdit,
  SlackMessage,
  SlackOrigin,
  SlackPress,
  SlackRequest,
  SlackStop,
  Word,
} from './slack/incoming-slack-event.ts';
import type { ThreadOwners } from './thread-owners.ts';
import type { ToldOnce } from './told-once.ts';
import type { Whisper } from './whisper.ts';

export type Route =
  | { readonly kind: 'append'; readonly request: Enqueue; readonly thread: Thread }
  /** The person does not want to wait for the next try. `message` is the ts of what they pressed on. */
  | { readonly kind: 'reopen'; readonly user: UserKey; readonly thread: Thread; readonly message: string }
  | { readonly kind: 'whisper'; readonly whisper: Whisper }
  /** A word that needs no runner. */
  | { readonly kind: 'answer'; readonly word: Word; readonly message: SlackMessage; readonly user: UserKey }
  | {
      readonly kind: 'ignore';
      readonly reason: 'not_for_us' | 'foreign_thread' | 'never_seen' | 'too_old';
    };

export type RoutePorts = {
  readonly owners: ThreadOwners;
  readonly told: ToldOnce;
  readonly inbox: Pick<InboxWriter, 'seen'>;
  /** How long an identity is remembered, in milliseconds. */
  readonly seenMs: number;
};

/** `now` in milliseconds since the epoch. */
export async function routeEvent(request: SlackRequest, ports: RoutePorts, now: number): Promise<Route> {
  switch (request.kind) {
    case 'message':
      return routeMessage(request, ports, now);
    case 'edit':
      return routeEdit(request, ports, now);
    case 'delete': {
      if (!(await ports.inbox.seen(userKey(request), request.target))) return { kind: 'ignore', reason: 'never_seen' };
      return append(request, request.identity, { ...common(request, now), type: 'delete', target: request.target });
    }
    case 'stop':
      return routeStop(request, ports, now);
    case 'press':
      return routePress(request, ports, now);
  }
}

async function routeMessage(message: SlackMessage, ports: RoutePorts, now: number): Promise<Route> {
  const addressee = decideAddressee(message);
  if (addressee === 'others') return { kind: 'ignore', reason: 'not_for_us' };
  const session = sessionKey(message.team, message.thread);
  // The owner is written before the session's first entry: no entry without a thread it belongs to.
  const owner =
    addressee === 'us' ? await ports.owners.claim(session, message.author) : await ports.owners.find(session);
  if (owner === undefined) return { kind: 'ignore', reason: 'not_for_us' };
  if (owner !== message.author) {
    const isFirst = await ports.told.isFirstInThread(session, message.author);
    if (!isFirst) return { kind: 'ignore', reason: 'foreign_thread' };
    return whisper(message, `This thread belongs to <@${owner}>. Start your own by mentioning me in a new message.`);
  }
  const { ts, text, files, isStop, word, identity } = message;
  if (word !== undefined) return { kind: 'answer', word, message, user: userKey(message) };
  if (isStop) return append(message, identity, { ...common(message, now), type: 'stop' });
  const fileNames = files.map(({ name }) => name);
  const details = files.length === 0 ? {} : { files: [...files] };
  return append(message, identity, { ...common(message, now), type: 'prompt', ts, text, fileNames, ...details });
}

/** What was never appended is now: a message that became one for us, or one whose first delivery is still on its way. */
async function routeEdit({ identity, message }: SlackEdit, ports: RoutePorts, now: number): Promise<Route> {
  if (await ports.inbox.seen(userKey(message), message.identity)) {
    return append(message, identity, {
      ...common(message, now),
      type: 'edit',
      target: message.identity,
      text: message.text,
    });
  }
  const ageMs = now - Number(message.ts) * 1_000;
  // Older than our memory: it may have been answered long ago.
  if (ageMs >= ports.seenMs) return { kind: 'ignore', reason: 'too_old' };
  return routeMessage(message, ports, now);
}

async function routeStop(stop: SlackStop, ports: RoutePorts, now: number): Promise<Route> {
  const owner = await ports.owners.find(sessionKey(stop.team, stop.thread));
  if (owner === undefined) return { kind: 'ignore', reason: 'not_for_us' };
  if (owner !== stop.author) return whisper(stop, `Only <@${owner}>, whose thread this is, can stop the work in it.`);
  return append(stop, stop.identity, { ...common(stop, now), type: 'stop' });
}

async function routePress(press: SlackPress, ports: RoutePorts, now: number): Promise<Route> {
  const owner = await ports.owners.find(sessionKey(press.team, press.thread));
  if (owner === undefined) return { kind: 'ignore', reason: 'not_for_us' };
  if (owner !== press.author) return whisper(press, `Only <@${owner}>, whose thread this is, can choose here.`);
  const { action, value: target, text = '', message, identity, thread } = press;
  if (action === 'retry') return { kind: 'reopen', user: userKey(press), thread, message };
  const about = { ...common(press, now), message };
  switch (action) {
    case 'allow':
    case 'always':
    case 'deny':
      return append(press, identity, { ...about, type: 'decision', target, chosen: action });
    case 'answer':
      return append(press, identity, { ...about, type: 'decision', target, chosen: { text } });
    case 'choose': {
      const chosen = readChoice(target);
      if (chosen === undefined) return { kind: 'ignore', reason: 'not_for_us' };
      return append(press, identity, { ...about, type: 'decision', ...chosen });
    }
    default:
      return append(press, identity, { ...about, type: action, target });
  }
}

/** The button of a choice brings along its place after what it is about. */
function readChoice(value: string): { target: string; chosen: number } | undefined {
  const [, target, place] = /^(\S+) (\d{1,3})$/.exec(value) ?? [];
  return target === undefined ? undefined : { target, chosen: Number(place) };
}

function append(origin: SlackOrigin, identity: string, payload: EntryPayload): Route {
  return { kind: 'append', request: { user: userKey(origin), identity, payload }, thread: origin.thread };
}

function whisper({ thread, author }: SlackOrigin, text: string): Route {
  return { kind: 'whisper', whisper: { thread, user: author, text } };
}

function common({ team, thread, author }: SlackOrigin, now: number) {
  return { v: 1 as const, session: sessionKey(team, thread), author, at: now };
}

function userKey({ team, author }: SlackOrigin): UserKey {
  return `${team}:${author}`;
}

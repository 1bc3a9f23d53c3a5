// Questions to the store that several parts of the page ask.
import { threadKey, unreadKey } from './store.js';

/**
 * @typedef {import('./store.js').Store} Store
 * @typedef {import('./store.js').Message} Message
 * @typedef {import('./store.js').User} User
 */

/** @param {Store} store */
export function people(store) {
  return store.users.filter((user) => !user.isBot);
}

/** @param {Store} store */
export function bot(store) {
  return store.users.find((user) => user.isBot);
}

/** @param {Store} store @param {string} id */
export function userOf(store, id) {
  return store.users.find((user) => user.id === id) ?? { id, name: id, realName: id, isBot: false };
}

/** @param {string} realName @returns {string} what friends call the person */
export function firstName(realName) {
  return realName.split(' ')[0] ?? realName;
}

/** @param {Store} store */
export function channelOf(store) {
  return store.channels.find((channel) => channel.id === store.channel);
}

/** @param {Store} store @param {string} user */
export function channelsOf(store, user) {
  return store.channels.filter((channel) => channel.members.includes(user));
}

/** A DM is named after the other side. @param {Store} store @param {import('./store.js').Channel} channel */
export function channelTitle(store, channel) {
  if (channel.kind === 'channel') return channel.name;
  return userOf(store, channel.members.find((member) => member !== store.me) ?? store.me).realName;
}

/** @param {Store} store @returns {import('./inline-text.js').Directory} */
export function directory(store) {
  return {
    me: store.me,
    userName: (id) => userOf(store, id).realName,
    channelName: (id) => store.channels.find((channel) => channel.id === id)?.name ?? id,
  };
}

/** What this person sees of a channel, in its order: without what is gone and what is for others. @param {Store} store */
function visible(store) {
  const all = [...(store.messages.get(store.channel)?.values() ?? [])];
  return all.filter((message) => message.ephemeralTo === undefined || message.ephemeralTo === store.me).toSorted(byTs);
}

/** @param {Message} one @param {Message} other */
function byTs(one, other) {
  return Number(one.ts) - Number(other.ts);
}

/** Roots, with their replies; a deleted root stays as long as replies hang on it. @param {Store} store */
export function roots(store) {
  /** @type {Map<string, Message[]>} */
  const replies = new Map();
  const all = visible(store);
  for (const message of all) {
    if (message.threadTs === undefined || message.deleted) continue;
    const siblings = replies.get(message.threadTs);
    if (siblings) siblings.push(message);
    else replies.set(message.threadTs, [message]);
  }
  return all
    .filter((message) => message.threadTs === undefined)
    .map((message) => ({ message, replies: replies.get(message.ts) ?? [] }))
    .filter((root) => !root.message.deleted || root.replies.length > 0);
}

/** @param {Store} store @param {string} threadTs */
export function thread(store, threadTs) {
  return roots(store).find(({ message }) => message.ts === threadTs);
}

/** What goes on in a thread, in words, and whether it can be stopped. @param {Store} store @param {string} threadTs */
export function activity(store, threadTs) {
  const key = threadKey(store.channel, threadTs);
  const status = store.statuses.get(key);
  const session = store.sessions.get(key)?.status;
  const name = bot(store)?.realName ?? 'The app';
  const stoppable = session === 'processing';
  if (status) {
    // Slack puts the app's name in front: apps say `is starting…`.
    const words = status.status.startsWith(name) ? status.status : `${name} ${status.status}`;
    return { words, loading: status.loading ?? [], stoppable };
  }
  if (session === 'processing') return { words: `${name} is working…`, loading: [], stoppable };
  return undefined;
}

/** @param {Store} store @param {string} user @param {string} [channel] all of the person's channels without it */
export function unread(store, user, channel) {
  const channels = channel === undefined ? channelsOf(store, user).map(({ id }) => id) : [channel];
  return channels.reduce((sum, id) => sum + (store.unread.get(unreadKey(user, id)) ?? 0), 0);
}

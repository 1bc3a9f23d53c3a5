// Who a runner, an inbox and a lease belong to: Slack's team and user id, never a name.
import { createHash } from 'node:crypto';

/** `team:user`, both Slack ids, for example `T0LOCAL:U0ADA`. */
export type UserKey = `${string}:${string}`;

const USER_KEY = /^[A-Z0-9]+:[A-Z0-9]+$/;

export function isUserKey(text: string): text is UserKey {
  return USER_KEY.test(text);
}

/** The Slack ids inside a user key. */
export function splitUserKey(user: UserKey): { team: string; user: string } {
  const colon = user.indexOf(':');
  return { team: user.slice(0, colon), user: user.slice(colon + 1) };
}

/**
 * The name of a person's one runner: `runner-` and 20 hex digits of SHA-256 of the user key.
 * One name per person is the last guard against two pods, and no text of Slack gets into a name.
 */
export function runnerName(user: UserKey): string {
  return `runner-${createHash('sha256').update(user).digest('hex').slice(0, 20)}`;
}

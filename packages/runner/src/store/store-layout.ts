// Where things lie, in a folder and in a bucket alike: `users/<team>/<user>/sessions/<hash of session>/<sha256>.tar.zst`.
import { createHash } from 'node:crypto';
import { isUserKey, RunnelError, splitUserKey, type UserKey } from '@runnel/shared';

/** Of a person, without a slash at its end. */
export function userPath(user: UserKey): string {
  if (!isUserKey(user)) throw new RunnelError('unknown', 'This is no user key, and no name of a folder.');
  const { team, user: person } = splitUserKey(user);
  return `users/${team}/${person}`;
}

/** Of a session's archives, under its person's. */
export function sessionPath(session: string): string {
  return `sessions/${createHash('sha256').update(session).digest('hex').slice(0, 32)}`;
}

export function archiveFileName(digest: string): string {
  return `${digest}.tar.zst`;
}

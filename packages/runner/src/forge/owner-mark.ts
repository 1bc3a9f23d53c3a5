// By what a repository says whose own it is: a mark made of team and user id, with no text of Slack in it.
import { createHash } from 'node:crypto';
import type { UserKey } from '@runnel/shared';

/** `runnel-` and 20 hex digits of a SHA-256: it fits a topic of GitHub. */
export function ownerMark(user: UserKey): string {
  return `runnel-${createHash('sha256').update(user).digest('hex').slice(0, 20)}`;
}

/** Everybody's that stand in these texts. */
export function ownerMarksIn(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.match(/runnel-[0-9a-f]{20}/g) ?? []))];
}

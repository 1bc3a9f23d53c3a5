// Every key that Runnel keeps in Redis. `{team:user}` is a hash tag: all keys of a person are in one slot.
import type { SessionKey } from '../session.ts';
import type { UserKey } from '../user-key.ts';

export const redisKeys = {
  /** Stream, no group: what the person said or pressed. Its length is the backlog; it is never trimmed. */
  inbox: (user: UserKey) => `{${user}}:inbox`,
  /** Hash: the lease, failures, notBefore, a cause not yet told. */
  lease: (user: UserKey) => `{${user}}:lease`,
  /** Hash: tries per entry, and open marks `open:<id>` with the generation that began it. */
  tries: (user: UserKey) => `{${user}}:tries`,
  /** String with a TTL: the entry id under which an identity was appended. */
  seen: (user: UserKey, identity: string) => `{${user}}:seen:${identity}`,
  /** Stream, capped, with a TTL: the versioned event envelopes. */
  events: (user: UserKey) => `{${user}}:events`,
  /** Stream: dead letters, each with its cause. */
  dead: (user: UserKey) => `{${user}}:dead`,
  /** String with a TTL: the thread's owner, as a Slack user id. */
  bound: (session: SessionKey) => `bound:${session}`,
  /** String with a TTL: this person was told whose thread it is. */
  told: (session: SessionKey, author: string) => `told:${session}:${author}`,
  /** String with a TTL: this person was told that something of theirs was refused. */
  refused: (user: UserKey, what: string) => `{${user}}:refused:${what}`,
  /** Sorted set: users that may have a backlog; where the sweeper looks. */
  dirty: 'dirty',
  /** String: written right before a `WAIT`, which waits only for its own connection's writes. */
  settled: 'settled',
  /** Prefix of all keys of BullMQ. */
  launchQueuePrefix: 'runnel',
} as const;

/** BullMQ's queue; a queue name cannot hold a colon. */
export const launchQueueName = 'launches';

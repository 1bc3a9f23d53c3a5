// Every key that Runnel keeps in Redis. `{team:user}` is a hash tag: all keys of a person are in one slot.
import type { SessionKey } from '../session.ts';
import type { UserKey } from '../user-key.ts';

export const redisKeys = {
  /** Stream, no group: what the person said or pressed. Its length is the backlog; it is never trimmed. */
  inbox: (user: UserKey) => `{${user}}:inbox`,
  /** Hash: the lease, failures, notBefore, a cause not yet told. */
  lease: (user: UserKey) => `{${user}}:lease`,
  /** Hash: tries per entry, open marks `open:<id>` with the generation that began it, `back:<id>`: how often a try was taken back. */
  tries: (user: UserKey) => `{${user}}:tries`,
  /** String with a TTL: the entry id under which an identity was appended. */
  seen: (user: UserKey, identity: string) => `{${user}}:seen:${identity}`,
  /** Stream, capped, with a TTL: the versioned event envelopes. */
  events: (user: UserKey) => `{${user}}:events`,
  /** Stream: dead letters, each with its cause. */
  dead: (user: UserKey) => `{${user}}:dead`,
  /** Stream, capped, with a TTL: the steps that were taken for the person, as `StepRecord`s. */
  trace: (user: UserKey) => `{${user}}:trace`,
  /** String with a TTL: until then their runner stays awake, however quiet they are. */
  stay: (user: UserKey) => `{${user}}:stay`,
  /** String with a TTL: whose inbox an entry went to, for who knows no more than a link to a message: no team. */
  whose: (identity: string) => `whose:${identity.slice(identity.indexOf(':') + 1)}`,
  /** String with a TTL: the thread's owner, as a Slack user id. */
  bound: (session: SessionKey) => `bound:${session}`,
  /** String with a TTL: this person was told whose thread it is. */
  told: (session: SessionKey, author: string) => `told:${session}:${author}`,
  /** String with a TTL: this person was told that something of theirs was refused, or had a word of theirs answered. */
  refused: (user: UserKey, what: string) => `{${user}}:refused:${what}`,
  /** Sorted set, capped: threads of ours by when somebody wrote in them last, in ms since the epoch. */
  active: 'active',
  /** String: when an ingress was connected to Slack last, in ms of Redis's clock. */
  listening: 'listening',
  /** Sorted set: when gaps began in which none was, until they are caught up. */
  gaps: 'gaps',
  /** String with a TTL: an ingress is at it. */
  catchingUp: 'catching-up',
  /** Sorted set: users that may have a backlog; where the sweeper looks. */
  dirty: 'dirty',
  /** Hash: threads that hold messages for want of a credential, until a launcher that has one saw to them. */
  kept: 'kept',
  /** String with a TTL: what was known of the pod of that name that ended last, redacted. Out of reach for runners. */
  endedPod: (name: string) => `ended:${name}`,
  /** String with a TTL: the one launcher that tells people their places in the line. */
  tellsPlaces: 'tells-places',
  /** String: written right before a `WAIT`, which waits only for its own connection's writes. */
  settled: 'settled',
  /** Prefix of all keys of BullMQ. */
  launchQueuePrefix: 'runnel',
} as const;

/** BullMQ's queue; a queue name cannot hold a colon. */
export const launchQueueName = 'launches';

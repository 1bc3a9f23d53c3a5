// Stage: what was kept for want of a credential begins once a launcher has started that has one, by an entry in its person's inbox.
// Only what a runner noted whose generation is older than this launcher: what this one has begun, and is refused again, is a newer one's.
import {
  RunnelError,
  splitUserKey,
  type InboxWriter,
  type KeptThread,
  type KeptThreads,
  type LaunchQueue,
} from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { addLaunch } from './add-launch.ts';

export type KeptBeginnerParts = {
  readonly threads: Pick<KeptThreads, 'all' | 'remove'>;
  readonly inbox: Pick<InboxWriter, 'enqueue'>;
  /** Agents of the fleet that have a credential. Another one does not get what it was not asked: the rest waits for its person. */
  readonly ready: readonly string[];
  /** Slack ids of who may use Runnel, as far as a launcher is told; empty for everybody. */
  readonly allowedUsers: readonly string[];
  /** When this launcher started, on Redis's clock, of which generations are. */
  readonly startedAt: number;
  /** Until the notes are read first: by then what this one replaces has gone. */
  readonly firstMs: number;
  /** From one reading to the next: a runner that began before may note something yet. */
  readonly everyMs: number;
  readonly queue: LaunchQueue;
  readonly log: Logger;
};

/** A look takes so many: who writes meanwhile does not wait behind all of them. */
const MOST_AT_ONCE = 50;

/** Each call is one look; what fails is taken again by the next. */
export function keptBeginner(parts: KeptBeginnerParts): () => Promise<void> {
  const { threads, inbox, ready, allowedUsers, startedAt, firstMs, everyMs, queue, log } = parts;
  let left: KeptThread[] = [];
  let nextReading = performance.now() + firstMs;

  const isOurs = ({ agent, generation }: KeptThread): boolean =>
    ready.includes(agent) && Number(generation) < startedAt;

  const begin = async (kept: KeptThread): Promise<void> => {
    const { user, session, agent, id } = kept;
    const { user: author } = splitUserKey(user);
    // Nobody takes their messages any more.
    if (allowedUsers.length > 0 && !allowedUsers.includes(author)) return threads.remove(kept);
    // The same for every launcher that finds this note, so it is appended once.
    const identity = `kept:${id}`;
    const payload = { v: 1, type: 'run_kept', session, author, at: Date.now(), agent } as const;
    const { hint } = await inbox.enqueue({ user, identity, payload });
    await addLaunch(queue, { user, hint, where: 'tail', source: 'kept' });
    await threads.remove(kept);
    log.info({ user, session }, 'kept messages begin');
  };

  return async () => {
    if (performance.now() >= nextReading) {
      // Where nothing is kept that is a hash that is not there.
      left = (await threads.all()).filter(isOurs);
      nextReading = performance.now() + everyMs;
    }
    const failed: KeptThread[] = [];
    for (const kept of left.splice(0, MOST_AT_ONCE)) {
      try {
        await begin(kept);
      } catch (error) {
        failed.push(kept);
        log.warn({ err: RunnelError.from(error), user: kept.user }, 'kept messages could not begin, again soon');
      }
    }
    left.push(...failed);
  };
}

// Repairs by looking at the state: every person who may have a backlog has a runner, a place in the queue, or a pause.
import {
  launchName,
  runnerName,
  RunnelError,
  takeStep,
  type LaunchQueue,
  type LeaseKeeper,
  type SweepAnswer,
  type UntoldCause,
  type UserKey,
} from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { addLaunch } from './add-launch.ts';
import type { PersonTeller } from './tell-person.ts';

export type UserSweeper = {
  /** Everybody in whose inbox something may wait. One person's failure does not keep the others waiting. */
  sweepAll(): Promise<void>;
  /** One person, with what the answer asks for done. */
  sweep(user: UserKey, told?: UntoldCause): Promise<SweepAnswer>;
  /** Tells a cause, then marks it told. Whoever saw the end calls it; `sweepAll` does for those who died before. */
  tell(user: UserKey, untold: UntoldCause, maybeTold: boolean): Promise<void>;
};

export type UserSweeperParts = {
  readonly delivery: LeaseKeeper;
  readonly queue: LaunchQueue;
  readonly teller: PersonTeller;
  readonly log: Logger;
};

/** Further back in the line a launch is looked up by itself: with BullMQ that costs a search through the line. */
const LONGEST_LINE = 10_000;

export function userSweeper({ delivery, queue, teller, log }: UserSweeperParts): UserSweeper {
  const telling = new Set<string>();
  let foundBefore = new Set<string>();

  const sweep = async (user: UserKey, told?: UntoldCause, line?: ReadonlySet<string>): Promise<SweepAnswer> => {
    const answer = await takeStep('sweep', { user }, () => delivery.sweep(user, told));
    const { hint } = answer;
    const isInLine = hint.kind === 'wake' && line?.has(launchName({ user, generation: hint.generation }, runnerName));
    if (isInLine !== true) await addLaunch(queue, { user, hint, where: 'tail', source: 'sweeper' });
    return answer;
  };
  const tell: UserSweeper['tell'] = async (user, untold, maybeTold) => {
    const key = keyOf(user, untold);
    if (telling.has(key)) return;
    telling.add(key);
    try {
      const facts = { user, generation: untold.generation, source: untold.cause };
      const isSettled = await takeStep('tell', facts, () => teller.cause(user, untold, maybeTold));
      if (isSettled) await sweep(user, untold);
    } catch (error) {
      log.warn({ err: RunnelError.from(error), user, ...untold }, 'cause could not be told');
    } finally {
      telling.delete(key);
    }
  };
  const sweepAll = async (): Promise<void> => {
    const found = new Set<string>();
    const dirty = await delivery.dirtyUsers();
    // Whoever has waited since before the round needs no look of their own.
    const line = new Set(dirty.length === 0 ? [] : await queue.line(LONGEST_LINE));
    for (const user of dirty) {
      try {
        const { untold } = await sweep(user, undefined, line);
        if (untold === undefined) continue;
        // Whoever saw the end is about to tell it; on the second look nobody is.
        if (foundBefore.has(keyOf(user, untold))) void tell(user, untold, true);
        found.add(keyOf(user, untold));
      } catch (error) {
        log.error({ err: RunnelError.from(error), user }, 'sweep failed');
      }
    }
    foundBefore = found;
  };
  return { sweepAll, sweep, tell };
}

function keyOf(user: UserKey, { generation, cause }: UntoldCause): string {
  return `${user} ${generation} ${cause}`;
}

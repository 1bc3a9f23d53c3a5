// Repairs by looking at the state: every person who may have a backlog has a runner, a place in the queue, or a pause.
import {
  RunnelError,
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

export function userSweeper({ delivery, queue, teller, log }: UserSweeperParts): UserSweeper {
  const telling = new Set<string>();
  let foundBefore = new Set<string>();

  const sweep: UserSweeper['sweep'] = async (user, told) => {
    const answer = await delivery.sweep(user, told);
    await addLaunch(queue, { user, hint: answer.hint, where: 'tail' });
    return answer;
  };
  const tell: UserSweeper['tell'] = async (user, untold, maybeTold) => {
    const key = keyOf(user, untold);
    if (telling.has(key)) return;
    telling.add(key);
    try {
      if (await teller.cause(user, untold, maybeTold)) await sweep(user, untold);
    } catch (error) {
      log.warn({ err: RunnelError.from(error), user, ...untold }, 'cause could not be told');
    } finally {
      telling.delete(key);
    }
  };
  const sweepAll = async (): Promise<void> => {
    const found = new Set<string>();
    for (const user of await delivery.dirtyUsers()) {
      try {
        const { untold } = await sweep(user);
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

// Tells a lease that its pod has ended: what follows for the queue and for the person, follows here.
import { takeStep, type EndAnswer, type Holder, type LaunchQueue, type LeaseKeeper } from '@runnel/shared';
import { addLaunch } from './add-launch.ts';
import { writeCause } from './cause-words.ts';
import type { EndVerdict } from './decide-end.ts';
import type { UserSweeper } from './sweep-users.ts';

export type Ended = Extract<EndVerdict, { kind: 'ended' }>;
export type LeaseTeller = (holder: Holder, verdict: Ended) => Promise<EndAnswer>;

export type LeaseTellerParts = {
  readonly delivery: LeaseKeeper;
  readonly queue: LaunchQueue;
  readonly sweeper: UserSweeper;
  /** From this failure in a row on the person knows already. */
  readonly circuitAfter: number;
};

/** `stale` means that the lease has moved on, or that another launcher was first and does the rest. */
export function leaseTeller({ delivery, queue, sweeper, circuitAfter }: LeaseTellerParts): LeaseTeller {
  return async (holder, verdict) => {
    const { user, generation } = holder;
    // While the circuit is open every further failure would say the same again.
    const cause = (await delivery.lease(user)).failures < circuitAfter ? writeCause(verdict) : '';
    const facts = { ...holder, source: verdict.cause };
    const answer = await takeStep('end', facts, () => delivery.end({ ...holder, cause, counted: verdict.counted }));
    await addLaunch(queue, { user, hint: answer.hint, where: 'head', source: 'end' });
    if (answer.kind === 'ended' && cause !== '') void sweeper.tell(user, { generation, cause }, false);
    return answer;
  };
}

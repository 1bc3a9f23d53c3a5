// Stage, rule 3 of the delivery protocol: asks for a runner where nobody serves the inbox.
import { takeStep, type LaunchHint, type LaunchQueue, type UserKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';

type Wake = { readonly user: UserKey; readonly hint: LaunchHint };

/** Never rejects: the entry is in the inbox, and the sweeper finds every inbox that nobody serves. */
export async function wakeRunner(queue: Pick<LaunchQueue, 'add'>, { user, hint }: Wake, log: Logger): Promise<void> {
  if (hint.kind !== 'wake') return;
  try {
    const launch = { user, generation: hint.generation };
    await takeStep('wake', { ...launch, source: 'ingress' }, () => queue.add(launch));
  } catch (error) {
    log.warn({ err: error, user, generation: hint.generation }, 'wake not added, left to the sweeper');
  }
}

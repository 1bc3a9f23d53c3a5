// What a script's hint asks for: the launch's job, added once however many see the hint.
import { takeStep, type LaunchHint, type LaunchQueue, type UserKey } from '@runnel/shared';

type Asked = {
  readonly user: UserKey;
  readonly hint: LaunchHint;
  readonly where: 'head' | 'tail';
  /** Who found it out. */
  readonly source: 'end' | 'sweeper' | 'kept';
};

/** Hand-offs go to the head: their person was being served. */
export async function addLaunch(queue: LaunchQueue, { user, hint, where, source }: Asked): Promise<void> {
  if (hint.kind !== 'wake') return;
  const launch = { user, generation: hint.generation };
  if (await queue.has(launch)) return;
  await takeStep('wake', { ...launch, source }, () => queue.add(launch, where));
}

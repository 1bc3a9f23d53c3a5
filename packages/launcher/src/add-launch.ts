// What a script's hint asks for: the launch's job, added once however many see the hint.
import type { LaunchHint, LaunchQueue, UserKey } from '@runnel/shared';

/** Hand-offs go to the head: their person was being served. */
export async function addLaunch(
  queue: LaunchQueue,
  { user, hint, where }: { user: UserKey; hint: LaunchHint; where: 'head' | 'tail' },
): Promise<void> {
  if (hint.kind !== 'wake') return;
  const launch = { user, generation: hint.generation };
  if (!(await queue.has(launch))) await queue.add(launch, where);
}

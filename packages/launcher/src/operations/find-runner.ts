// Stage: whom an operator means: a runner's name, a user key, or a Slack user id alone, as people know each other by.
import { isUserKey, runnerName, splitUserKey, type LeaseKeeper, type UserKey } from '@runnel/shared';
import type { PodBackend } from '../pod-backend.ts';

export type FoundRunner = { readonly name: string; readonly user?: UserKey };
export type FindingParts = { readonly backend: PodBackend; readonly delivery: LeaseKeeper };

const RUNNER_NAME = /^runner-[0-9a-f]{20}$/;
const SLACK_USER = /^[UW][A-Z0-9]+$/;

/** Undefined for what names nobody. A Slack user id is looked for among the pods and those whose messages wait. */
export async function findRunner({ backend, delivery }: FindingParts, given: string): Promise<FoundRunner | undefined> {
  if (RUNNER_NAME.test(given)) return { name: given };
  if (isUserKey(given)) return ofUser(given);
  if (!SLACK_USER.test(given)) return undefined;
  const [pods, dirty] = await Promise.all([backend.list(), delivery.dirtyUsers()]);
  const users = [...pods.map((pod) => pod.user), ...dirty];
  const user = users.find((one) => splitUserKey(one).user === given);
  return user === undefined ? undefined : ofUser(user);
}

function ofUser(user: UserKey): FoundRunner {
  return { name: runnerName(user), user };
}

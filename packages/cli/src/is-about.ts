// Whether a step was taken for a message.
import type { StepRecord } from '@runnel/shared';

/** A message that was held has its turn under an identity of its own, which begins with the message's. */
const REVIVED_BY = '~';

export function isAbout({ identities = [] }: StepRecord, identity: string): boolean {
  return identities.some((one) => one === identity || one.startsWith(`${identity}${REVIVED_BY}`));
}

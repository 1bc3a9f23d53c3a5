// Stage: takes away what launchers would find of threads that hold nothing any more for want of a credential.
import type { KeptThreads, SessionKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { HeldLease } from '../lease/hold-lease.ts';

export type KeptParts = {
  readonly kept: Pick<KeptThreads, 'forget'>;
  readonly lease: Pick<HeldLease, 'holder'>;
  readonly log: Logger;
};

/** Tried once: what stays there costs a runner that finds nothing. */
export async function forgetKept({ kept, lease, log }: KeptParts, sessions: readonly SessionKey[]): Promise<void> {
  const { user } = lease.holder;
  await kept
    .forget(user, sessions)
    .catch((error: unknown) => log.warn({ err: error, user }, 'notes of kept messages stay'));
}

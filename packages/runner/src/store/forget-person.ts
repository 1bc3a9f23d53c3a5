// Stage: a person who confirmed that they want to be forgotten is, right after the claim and before anything is begun. A runner that ends
// in the middle leaves it to the next one, which does all of it again.
import { join } from 'node:path';
import { RunnelError, type InboxReader } from '@runnel/shared';
import { keepTrying } from '../keep-trying.ts';
import { lostLease } from '../lease/hold-lease.ts';
import { removeFolder } from '../session/remove-folder.ts';
import { withinTime } from '../within-time.ts';
import { decideForgotten, forgettingIn } from './decide-forgotten.ts';
import { forgetKept, type KeptParts } from './forget-kept.ts';
import { noTime, sessionsOf, writeOnce, type ManifestParts } from './manifest-writer.ts';
import type { Manifest, Revision } from './session-store.ts';

export type ForgettingParts = ManifestParts &
  KeptParts & {
    readonly delivery: Pick<InboxReader, 'backlog' | 'forget'>;
    /** All that this pod keeps. */
    readonly home: string;
  };

type Claimed = { readonly manifest: Manifest; readonly revision: Revision; readonly isEarlier: boolean };

/** Resolves to the manifest to go on with: the same where nobody asked for it. */
export async function forgetPerson(parts: ForgettingParts, claimed: Claimed): Promise<Claimed> {
  const { store, lease, delivery, home, callTimeoutMs, log } = parts;
  const { user } = lease.holder;
  const wanted = forgettingIn(sessionsOf(claimed.manifest));
  if (wanted === undefined) return claimed;
  // While the manifest still names them.
  const noted = sessionsOf(claimed.manifest).map(([session]) => session);
  await forgetKept(parts, noted);
  const inHand = new Set((await delivery.backlog(user)).map(({ identity }) => identity));
  const { v, writer } = claimed.manifest;
  const sessions = decideForgotten(sessionsOf(claimed.manifest), wanted, (identity) => inHand.has(identity));
  const bare = await write(parts, { v, writer, sessions }, claimed.revision);
  await keepTrying(async () => {
    if (!lease.fits(callTimeoutMs)) throw noTime();
    await withinTime(store.forgetAllBut(user, bare.revision), callTimeoutMs);
  }, parts).catch((error: unknown) => {
    if (error instanceof RunnelError && error.code === 'store_conflict') lease.lose(error);
    throw error;
  });
  const answer = await keepTrying(() => delivery.forget(lease.holder), parts);
  if (answer === 'lost') lease.lose(lostLease('A person could not be forgotten: somebody else holds the lease.'));
  for (const folder of ['sessions', 'mirrors', 'tmp']) await removeFolder(join(home, folder));
  log.info({ user }, 'person forgotten');
  const { forgetting: forgotten, ...own } = bare.manifest.sessions[wanted.session] ?? {
    provider: '',
    covered: [],
    updatedAt: 0,
  };
  const rest = { ...bare.manifest, sessions: { ...sessions, [wanted.session]: { ...own, forgotten } } };
  return { ...(await write(parts, rest, bare.revision)), isEarlier: false };
}

/** Under the precondition that every write of a runner has. */
async function write(
  parts: ManifestParts,
  { writer, ...rest }: Manifest,
  over: Revision,
): Promise<{ manifest: Manifest; revision: Revision }> {
  const manifest = { ...rest, writer: { ...writer, write: writer.write + 1 } };
  return { manifest, revision: await keepTrying(() => writeOnce(parts, manifest, over), parts) };
}

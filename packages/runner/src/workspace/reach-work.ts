// Stage: a thread's repository is found and fetched, before its first turn in this pod; of a thread that begins, where it begins.
import { RunnelError, retryable, type SessionKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { Repository } from '../forge/forge.ts';
import { giveUpAfter, keepTrying } from '../keep-trying.ts';
import type { WorkRecord } from '../store/session-store.ts';
import { beginRecord } from './begin-record.ts';
import { findRepository, type RepositoryParts, type Thread } from './find-repository.ts';
import type { GitPlace } from './git-place.ts';
import type { Mirrors } from './mirrors.ts';

export type ReachParts = RepositoryParts & { readonly mirrors: Mirrors; readonly log: Logger };

export type Reaching = Thread & { readonly session: SessionKey; readonly signal: AbortSignal };

/** `repository` is undefined where the forge does not answer: the mirror is then as it was fetched last. */
export type ReachedWork = {
  readonly record: WorkRecord;
  readonly repository: Repository | undefined;
  readonly mirror: GitPlace;
};

export async function reachWork(parts: ReachParts, reaching: Reaching): Promise<ReachedWork> {
  const { record, wanted, session } = reaching;
  if (record !== undefined) return goOn(parts, reaching, record);
  const reached = await waitFor(parts, reaching);
  return { ...reached, record: await beginRecord({ session, ...reached, baseBranch: wanted?.branch }) };
}

/** A forge that is away does not matter to a thread whose mirror is in this pod; another one waits for it for a while. */
async function goOn(parts: ReachParts, reaching: Reaching, record: WorkRecord): Promise<ReachedWork> {
  const { mirrors } = parts;
  if (!(await mirrors.isThere(record.repository))) return { ...(await waitFor(parts, reaching)), record };
  try {
    return { ...(await reach(parts, reaching)), record };
  } catch (error) {
    reaching.signal.throwIfAborted();
    if (!(error instanceof RunnelError) || error.code !== 'forge_unavailable') throw error;
    return { record, repository: undefined, mirror: mirrors.placeOf(record.repository) };
  }
}

type Reached = { readonly repository: Repository; readonly mirror: GitPlace };

const PATIENCE_MS = 60_000;

async function waitFor(parts: ReachParts, reaching: Reaching): Promise<Reached> {
  const noAnswer = new RunnelError('forge_unavailable', 'It did not answer for a minute.', { retry: retryable() });
  const over = AbortSignal.any([reaching.signal, giveUpAfter(PATIENCE_MS, noAnswer)]);
  return keepTrying(() => reach(parts, reaching), { over, log: parts.log });
}

async function reach({ mirrors, ...parts }: ReachParts, { record, ...reaching }: Reaching): Promise<Reached> {
  const repository = await findRepository(parts, { record, ...reaching });
  const mirror = await mirrors.fetch(repository, reaching.signal);
  if (record !== undefined) await mirrors.fetchCommits(repository, [record.base], reaching.signal);
  return { repository, mirror };
}

// The checkouts of a runner's sessions: made when a session's first turn begins, committed and pushed when a turn ends.
import { readdir } from 'node:fs/promises';
import { RunnelError, retryable, type SessionKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import type { PullRequest, Repository } from '../forge/forge.ts';
import type { ManifestWriter } from '../store/manifest-writer.ts';
import type { WorkRecord } from '../store/session-store.ts';
import { commitWork, type Committed } from './commit-work.ts';
import { countChanges, type Changes } from './count-changes.ts';
import { describePullRequest } from './describe-pull-request.ts';
import type { LeftAlone } from './find-left-alone.ts';
import { chooseRepository, findRepository, type RepositoryParts, type WantedWork } from './find-repository.ts';
import { git } from './git-place.ts';
import { commitAt, Mirrors, type MirrorParts } from './mirrors.ts';
import { checkoutPlace, prepareCheckout } from './prepare-checkout.ts';
import { pushWork, type Pushed } from './push-work.ts';
import { reachWork } from './reach-work.ts';

export type WorkspaceParts = RepositoryParts & {
  readonly path: string;
  readonly home: string;
  readonly manifest: Pick<ManifestWriter, 'session'>;
  readonly mayPush: MirrorParts['mayPush'];
  readonly depth: MirrorParts['depth'];
  readonly log: Logger;
};

export type TurnEnd = {
  readonly session: SessionKey;
  /** What was asked for, in a line, and answered. */
  readonly title: string;
  readonly reply: string;
  /** Name of the provider. */
  readonly agent: string;
};

/** What became of what a turn changed. */
export type FinishedWork = {
  readonly kind: 'done';
  readonly branch: string;
  readonly repository: string;
  readonly changes: Changes;
  readonly head: string;
  /** The commit before. */
  readonly before: string;
  readonly leftAlone: readonly LeftAlone[];
  readonly pushed: Pushed;
};

export type WorkEnd = FinishedWork | Exclude<Committed, { kind: 'done' }>;

/** `wanted` counts where the thread has no work yet: what began stays where it is. */
export type Preparing = { readonly signal: AbortSignal; readonly wanted?: WantedWork | undefined };

/**
 * What a session's folder turned out to be. `partial`: new, and of a repository with submodules or Git LFS.
 * `stale`: the forge does not answer, so it is as it was fetched last.
 */
export type Prepared = 'ready' | 'partial' | 'repaired' | 'stale' | 'folder';

export type Workspaces = {
  /** Where the repository's own commands are looked for. */
  readonly path: string;
  /** Whether the person may work there, and which one that is. Throws why not, with a sentence for them. */
  chooseRepository(name: string): Promise<Repository>;
  /** Once in a runner's life for each session; undefined from then on. Throws what the forge refuses. */
  prepare(session: SessionKey, directory: SessionDirectory, preparing: Preparing): Promise<Prepared | undefined>;
  /** Undefined where nothing changed, or where there is no checkout. */
  finish(turn: TurnEnd, signal: AbortSignal): Promise<WorkEnd | undefined>;
  /** For the manifest. */
  record(session: SessionKey): WorkRecord | undefined;
  openPullRequest(session: SessionKey): Promise<PullRequest>;
  /** As a patch. The commits as they stand on a button. */
  showDiff(session: SessionKey, range: string, signal: AbortSignal): Promise<string>;
};

type Work = {
  readonly files: string;
  record: WorkRecord;
  repository: Repository | undefined;
  /** Paths of what the person was told is left alone. */
  readonly told: Set<string>;
};

export function workspaces(parts: WorkspaceParts): Workspaces {
  const mirrors = new Mirrors(parts);
  const here = new Map<SessionKey, Work | undefined>();
  const recordOf = (session: SessionKey): WorkRecord | undefined =>
    here.get(session)?.record ?? parts.manifest.session(session)?.work;
  const known = (session: SessionKey): WorkRecord => {
    const record = recordOf(session);
    if (record === undefined) throw new RunnelError('repository_unknown', 'This thread has no repository.');
    return record;
  };
  return {
    path: parts.path,
    record: recordOf,
    chooseRepository: (name) => chooseRepository(parts, name),
    async prepare(session, directory, preparing) {
      if (here.has(session)) return undefined;
      const { work, prepared } = await prepareWork(parts, mirrors, { session, ...directory, ...preparing });
      here.set(session, work);
      return prepared;
    },
    async finish(turn, signal) {
      const work = here.get(turn.session);
      return work === undefined ? undefined : finishWork(parts, mirrors, { ...turn, work, signal });
    },
    async openPullRequest(session) {
      const record = known(session);
      const repository = await findRepository(parts, { record });
      const draft = { repository, branch: record.branch, base: record.baseBranch ?? repository.defaultBranch };
      return parts.forge.openPullRequest({ ...draft, ...(await describePullRequest(record)) });
    },
    async showDiff(session, range, signal) {
      const record = known(session);
      const [before = '', after = ''] = /^([0-9a-f]{40})\.\.([0-9a-f]{40})$/.exec(range)?.slice(1) ?? [];
      let mirror = mirrors.placeOf(record.repository);
      const isKnown = async (id: string): Promise<boolean> => (await commitAt(mirror, id)) !== undefined;
      const isThere = await mirrors.isThere(record.repository);
      if (!isThere || !(await isKnown(before)) || !(await isKnown(after))) {
        const repository = await findRepository(parts, { record });
        mirror = await mirrors.fetch(repository, signal);
        await mirrors.fetchCommits(repository, [before, after], signal);
      }
      return git(mirror, ['diff', '--no-color', '--no-ext-diff', '--no-textconv', before, after, '--']);
    },
  };
}

const NOT_ALL_HERE = 'What this thread stands on is not in this pod, and the forge does not answer.';

type PreparingHere = SessionDirectory & Preparing & { readonly session: SessionKey };

async function prepareWork(
  parts: WorkspaceParts,
  mirrors: Mirrors,
  { session, files, signal, wanted }: PreparingHere,
): Promise<{ work: Work | undefined; prepared: Prepared }> {
  const before = parts.manifest.session(session)?.work;
  // It began where nobody had a repository.
  if (before === undefined && (await readdir(files)).some((name) => name !== '.git')) {
    return { work: undefined, prepared: 'folder' };
  }
  const thread = { session, record: before, wanted, signal };
  const { repository, mirror, record } = await reachWork({ ...parts, mirrors }, thread);
  const person = await parts.findPerson();
  const { branch, base, baseBranch } = record;
  const fetchAll = async (): Promise<void> => {
    if (repository === undefined) throw new RunnelError('forge_unavailable', NOT_ALL_HERE, { retry: retryable() });
    await mirrors.fetchAll(repository, signal);
  };
  const checkout = { files, mirror, branch, base, baseBranch, person, isNew: before === undefined, fetchAll };
  const how = await prepareCheckout(checkout);
  const start = how.kind === 'repaired' ? { base: how.start, head: how.start } : {};
  await mirrors.keepBase(record.repository, start.base ?? base);
  const prepared = repository === undefined ? 'stale' : how.kind;
  return { work: { files, record: { ...record, ...start }, repository, told: new Set() }, prepared };
}

type Finishing = TurnEnd & { readonly work: Work; readonly signal: AbortSignal };

async function finishWork(parts: WorkspaceParts, mirrors: Mirrors, finishing: Finishing): Promise<WorkEnd | undefined> {
  const { work, title, reply, agent, signal } = finishing;
  const { record } = work;
  const mirror = mirrors.placeOf(record.repository);
  const checkout = checkoutPlace({ files: work.files, mirror });
  const person = await parts.findPerson();
  const committed = await commitWork(checkout, { person, title, agent });
  if (committed.kind !== 'done') return committed;
  const { branch, head: before } = record;
  const leftAlone = committed.leftAlone.filter(({ path }) => !work.told.has(path));
  const standing = (await commitAt(mirror, `refs/heads/${branch}`)) ?? record.base;
  if (committed.head === before && committed.head === standing && leftAlone.length === 0) return undefined;
  for (const { path } of leftAlone) work.told.add(path);
  const pushed = await tryPush(parts, { mirrors, work, checkout, branch, person, signal });
  const head = pushed.kind === 'pushed' ? pushed.head : committed.head;
  const titles = committed.head === before ? record.titles : [...record.titles, title].slice(-MOST_TITLES);
  work.record = { ...record, head, titles, summary: reply.slice(0, LONGEST_SUMMARY) };
  const changes = await countChanges(checkout, before, committed.head);
  return { kind: 'done', branch, repository: record.name, changes, head, before, leftAlone, pushed };
}

const MOST_TITLES = 50;
const LONGEST_SUMMARY = 2_000;

type Trying = Omit<Parameters<typeof pushWork>[0], 'repository'> & { readonly work: Work };

async function tryPush(parts: WorkspaceParts, { work, ...pushing }: Trying): Promise<Pushed> {
  try {
    work.repository ??= await findRepository(parts, { record: work.record });
    return await pushWork({ ...pushing, repository: work.repository });
  } catch (error) {
    const { code, rawMessage: why } = RunnelError.from(error);
    return { kind: code === 'forge_unavailable' ? 'away' : 'refused', why };
  }
}

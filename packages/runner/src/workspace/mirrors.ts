// The mirrors of this pod, one a repository: what all threads of a person share, and the only place that speaks with the forge.
// No file of a thread's own is read with a credential at hand: its commits come here first.
import { createHash } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RunnelError } from '@runnel/shared';
import type { Forge, Repository } from '../forge/forge.ts';
import { ALL, decideExtent, isCut } from './cut-history.ts';
import { asGitError, askGit, git, type GitPlace } from './git-place.ts';
import { runGit, type GitEnd } from './run-git.ts';

export type MirrorParts = {
  readonly path: string;
  readonly home: string;
  readonly forge: Forge;
  /** Commits of each branch that a mirror has at first; 0: all. */
  readonly depth: number;
  /** Asked right before each push: whether this runner still has its lease, and time in it. */
  readonly mayPush: () => Promise<boolean>;
};

/** The same in every runner, so that threads have a common beginning. */
const FIRST_COMMIT = { name: 'Runnel', email: 'runnel@runnel.invalid', date: '2000-01-01T00:00:00Z' };
/** A forge that has no such commit. */
const UNKNOWN = /not our ref|no such remote ref|unadvertised object/;

export class Mirrors {
  readonly #parts: MirrorParts;
  readonly #before = new Map<string, Promise<unknown>>();

  constructor(parts: MirrorParts) {
    this.#parts = parts;
  }

  /** `<home>/mirrors/<20 hex digits of SHA-256 of the repository's id>.git`. */
  placeOf(repositoryId: string): GitPlace {
    const name = createHash('sha256').update(repositoryId).digest('hex').slice(0, 20);
    return { path: this.#parts.path, gitDir: join(this.#parts.home, 'mirrors', `${name}.git`) };
  }

  async isThere(repositoryId: string): Promise<boolean> {
    return stat(this.placeOf(repositoryId).gitDir).then(
      () => true,
      () => false,
    );
  }

  /** Everything the repository has, to the depth that is set; what it had and others may still need stays. */
  async fetch(repository: Repository, signal: AbortSignal): Promise<GitPlace> {
    const place = await this.#made(repository.id);
    await this.#inOrder(repository.id, async () => {
      // Git would ask for tags by itself a second time, and the credential is told once.
      const { options, refs } = await decideExtent(place, this.#parts.depth);
      const wanted = [repository.url, ...refs.map((ref) => `+${ref}:${ref}`)];
      const args = ['fetch', '--quiet', '--prune', '--no-tags', '--no-auto-gc', ...options, ...wanted];
      await this.#askForge(repository, signal, args);
      await git(place, ['symbolic-ref', 'HEAD', `refs/heads/${repository.defaultBranch}`]);
    });
    return place;
  }

  async fetchBranch(repository: Repository, branch: string, signal: AbortSignal): Promise<void> {
    const ref = `+refs/heads/${branch}:refs/heads/${branch}`;
    const args = ['fetch', '--quiet', '--no-tags', repository.url, ref];
    await this.#inOrder(repository.id, () => this.#askForge(repository, signal, args));
  }

  /**
   * Those that lie behind the end of a mirror that is cut. What the forge has lost does not come.
   * Each by itself: to a greater depth, git would end histories there that go on, and others stand on what is then hidden.
   */
  async fetchCommits(repository: Repository, commits: readonly string[], signal: AbortSignal): Promise<void> {
    const place = this.placeOf(repository.id);
    for (const commit of new Set(commits)) {
      await this.#inOrder(repository.id, async () => {
        if (!(await isCut(place)) || (await commitAt(place, commit)) !== undefined) return;
        const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--depth=1', repository.url, commit];
        await this.#askForge(repository, signal, args).catch((error: unknown) => {
          if (!(error instanceof RunnelError) || !UNKNOWN.test(error.rawMessage)) throw error;
        });
      });
    }
  }

  /**
   * Where a thread begins counts as the forge's own, though no branch of a mirror that is cut leads there, or none any more.
   * Never a commit that may be a thread's own: its secrets would be looked for no longer.
   */
  async keepBase(repositoryId: string, base: string): Promise<void> {
    const place = this.placeOf(repositoryId);
    await this.#inOrder(repositoryId, async () => {
      if (!(await isCut(place)) || (await commitAt(place, base)) === undefined) return;
      await git(place, ['update-ref', `refs/bases/${base}`, base]);
    });
  }

  /** Where what a thread stands on, or has in common with others, lies behind the end of a mirror that is cut. */
  async fetchAll(repository: Repository, signal: AbortSignal): Promise<void> {
    await this.#inOrder(repository.id, async () => {
      if (!(await isCut(this.placeOf(repository.id)))) return;
      const refs = ALL.map((ref) => `+${ref}:${ref}`);
      await this.#askForge(repository, signal, [
        'fetch',
        '--quiet',
        '--no-tags',
        '--unshallow',
        repository.url,
        ...refs,
      ]);
    });
  }

  /** What git says about each ref, as `--porcelain` has it; throws where it could not ask. Nothing is forced. */
  async push(repository: Repository, refs: readonly string[], signal: AbortSignal): Promise<GitEnd> {
    // What a successor may have begun is not pushed into.
    if (!(await this.#parts.mayPush())) throw new RunnelError('forge_unavailable', 'This runner has lost its lease.');
    const args = ['push', '--porcelain', '--no-verify', repository.url, ...refs];
    return this.#inOrder(repository.id, () => this.#askForge(repository, signal, args));
  }

  async #made(repositoryId: string): Promise<GitPlace> {
    const place = this.placeOf(repositoryId);
    await this.#inOrder(repositoryId, async () => {
      if (await this.isThere(repositoryId)) return;
      const fresh = `${place.gitDir}.new`;
      await rm(fresh, { recursive: true, force: true });
      await mkdir(fresh, { recursive: true, mode: 0o700 });
      await git({ ...place, gitDir: fresh }, ['init', '--quiet', '--bare', '--template=']);
      await rename(fresh, place.gitDir);
    });
    return place;
  }

  /** Within `#inOrder` alone. */
  async #askForge(repository: Repository, signal: AbortSignal, args: readonly string[]): Promise<GitEnd> {
    signal.throwIfAborted();
    const given = await this.#parts.forge.credential(repository);
    const credential = given === undefined ? undefined : { url: repository.url, credential: given };
    const end = await runGit({ ...this.placeOf(repository.id), args, credential, signal });
    // A push that was refused in part says so line by line.
    const isTold = args[0] === 'push' && end.out.startsWith('To ');
    if (end.code !== 0 && !isTold) throw asGitError(end, args[0] ?? '');
    return end;
  }

  /** One at a time: two would be in each other's way at the same refs. What is asked depends on how the one before left the mirror. */
  async #inOrder<T>(id: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#before.get(id) ?? Promise.resolve()).then(work, work);
    this.#before.set(
      id,
      done.catch(() => undefined),
    );
    return done;
  }
}

/** The commit that a ref stands at, or a name means. */
export async function commitAt(place: GitPlace, ref: string): Promise<string | undefined> {
  return askGit(place, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
}

/** The beginning of a repository that has none. Written here, and pushed with the first branch. */
export async function makeFirstCommit(place: GitPlace): Promise<string> {
  const tree = await git(place, ['hash-object', '-w', '-t', 'tree', '--stdin']);
  return git(place, ['commit-tree', tree, '-m', 'Begin'], { author: FIRST_COMMIT });
}

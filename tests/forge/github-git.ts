// Git behind the stand-in of GitHub: real repositories over smart HTTP, for whoever shows a token that is good for them.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GIT_REQUEST, serveGit } from '@runnel/dev';
import { bareEnvironment } from '../support/run-process.ts';
import { fullNameOf, mayDo, maySee, type Caller, type GithubState, type StandInRepository } from './github-state.ts';

const run = promisify(execFile);

const ARCHIVED = 'This repository was archived so it is read-only.';

export class GithubGit implements AsyncDisposable {
  readonly #state: GithubState;
  #root: Promise<string> | undefined;
  readonly #folders = new Map<number, Promise<string>>();
  #known: Promise<unknown> = Promise.resolve();

  constructor(state: GithubState) {
    this.#state = state;
  }

  /** In that repository as it lies at GitHub. */
  async run(fullName: string, ...args: string[]): Promise<string> {
    const found = this.#state.at(fullName);
    if (found === undefined) throw new Error(`There is no repository ${fullName} at GitHub.`);
    return (await run('git', ['--git-dir', await this.#folderOf(found), ...args])).stdout;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', 'http://github');
    const [, name = '', service = ''] = GIT_REQUEST.exec(pathname) ?? [];
    const moved = this.#state.at(name) === undefined ? this.#state.onceAt(name) : undefined;
    if (moved !== undefined) {
      const location = `/${fullNameOf(moved)}.git/${service}${search}`;
      return void response.writeHead(301, { location }).end();
    }
    const isPush = `${service}${search}`.includes('git-receive-pack');
    const asked = { caller: this.#callerOf(request), repository: this.#state.at(name), isPush };
    const status = refusalTo(asked);
    if (status !== undefined || asked.repository === undefined) return refuse(response, asked, status ?? 404);
    const folder = await this.#folderOf(asked.repository);
    const repository = { folder, mayPush: true };
    const found = asked.repository;
    const served = serveGit(request, response, {
      repository,
      service,
      query: search.slice(1),
      environment: bareEnvironment(),
    });
    const known = isPush ? served.then(() => readBranches(found, folder)) : served;
    // Whoever has pushed has its answer before the branches are read.
    this.#known = Promise.all([this.#known, known.catch(() => undefined)]);
    await known;
  }

  /** Resolves when what was pushed until now is known. */
  async settled(): Promise<void> {
    await this.#known;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#root !== undefined) await rm(await this.#root, { recursive: true, force: true });
  }

  /** As git shows a token: the password, whoever it says it is. */
  #callerOf({ headers }: IncomingMessage): Caller | undefined {
    const [, shown = ''] = (headers.authorization ?? '').split(' ');
    const plain = Buffer.from(shown, 'base64').toString();
    return this.#state.callerWith(plain.slice(plain.indexOf(':') + 1));
  }

  #folderOf(repository: StandInRepository): Promise<string> {
    const known = this.#folders.get(repository.id) ?? this.#make(repository);
    this.#folders.set(repository.id, known);
    return known;
  }

  /** With the branches that it has by what was said of it. */
  async #make({ id, name, defaultBranch, branches }: StandInRepository): Promise<string> {
    this.#root ??= mkdtemp(join(tmpdir(), 'runnel-github-'));
    const folder = join(await this.#root, `${id}.git`);
    await run('git', ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`, '--template=', folder]);
    const git = async (...args: string[]): Promise<string> => {
      const env = { ...bareEnvironment(), ...authorOf('GIT_AUTHOR'), ...authorOf('GIT_COMMITTER') };
      return (await run('git', ['--git-dir', folder, ...args], { env })).stdout.trim();
    };
    const tree = await git('hash-object', '-w', '-t', 'tree', '/dev/null');
    for (const branch of branches) {
      const commit = await git('commit-tree', tree, '-m', `Begin ${branch} of ${name}`);
      await git('update-ref', `refs/heads/${branch}`, commit);
    }
    return folder;
  }
}

function authorOf(role: string): Record<string, string> {
  return { [`${role}_NAME`]: 'GitHub', [`${role}_EMAIL`]: 'noreply@github.com' };
}

type AskedOfGit = {
  readonly caller: Caller | undefined;
  readonly repository: StandInRepository | undefined;
  readonly isPush: boolean;
};

/** GitHub asks whoever shows nothing for a login, and hides what is not to be seen. */
function refusalTo({ caller, repository, isPush }: AskedOfGit): number | undefined {
  if (caller === undefined) return isPush || repository?.isPrivate !== false ? 401 : undefined;
  if (repository === undefined || !maySee(caller, repository)) return 404;
  if (!isPush) return undefined;
  return mayDo(caller, 'contents') && repository.mayPush && !repository.isArchived ? undefined : 403;
}

/** In a text, which git passes on. */
function refuse(response: ServerResponse, { repository }: AskedOfGit, status: number): void {
  const why = repository?.isArchived === true ? ARCHIVED : 'Write access to repository not granted.';
  const headers = { 'content-type': 'text/plain', 'www-authenticate': 'Basic realm="GitHub"' };
  response.writeHead(status, headers).end(status === 403 ? why : 'Not Found');
}

async function readBranches({ branches }: StandInRepository, folder: string): Promise<void> {
  const { stdout } = await run('git', [
    '--git-dir',
    folder,
    'for-each-ref',
    '--format=%(refname:lstrip=2)',
    'refs/heads',
  ]);
  branches.clear();
  for (const branch of stdout.split('\n').filter((name) => name !== '')) branches.add(branch);
}

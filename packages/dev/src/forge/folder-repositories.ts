// The repositories of a local fleet: bare ones in a folder, made on first use, and one that lies elsewhere on this machine.
// Each has a record beside it: whose it is, what it is called, its pull requests.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { copyRepository } from './copy-repository.ts';

const pullSchema = z.object({
  number: z.number(),
  branch: z.string(),
  base: z.string(),
  title: z.string(),
  body: z.string(),
});

const recordSchema = z.object({
  id: z.string(),
  /** `owner/name`. */
  name: z.string(),
  /** Team and user id of whose own it is. */
  owner: z.string().optional(),
  /** Of git: `objects`, `refs` and `HEAD` lie in it. */
  folder: z.string(),
  mayPush: z.boolean(),
  pulls: z.array(pullSchema),
});

export type FolderRepository = z.infer<typeof recordSchema>;
export type FolderPullRequest = z.infer<typeof pullSchema>;
export type FolderDraft = Omit<FolderPullRequest, 'number'> & { readonly repository: string };

const OWNERS = 'people';
/** Owner of those that lie elsewhere, or were copied: nobody's own. */
export const OFFERED = 'local';
const run = promisify(execFile);

export class FolderRepositories {
  readonly #root: string;
  #before: Promise<unknown> = Promise.resolve();

  constructor(root: string) {
    this.#root = root;
  }

  /** Made where there is none. */
  own(owner: string, handle: string): Promise<FolderRepository> {
    return this.#inOrder(async () => {
      const all = await this.#all();
      const found = all.find((one) => one.owner === owner);
      if (found !== undefined) return found;
      const id = idOf(owner);
      const folder = join(this.#root, `${id}.git`);
      await makeBare(folder);
      const name = freeName(`${OWNERS}/${repositoryName(handle)}`, all);
      return this.#write({ id, name, owner, folder, mayPush: true, pulls: [] });
    });
  }

  /** `place` is a checkout or a bare repository on this machine, which is served as it lies there, or an address to copy from. */
  offer(place: string): Promise<FolderRepository> {
    return this.#inOrder(async () => {
      const isAddress = /^(https?|ssh|git):\/\/|^[\w.-]+@[\w.-]+:/.test(place);
      const id = idOf(place);
      const folder = isAddress ? join(this.#root, `${id}.git`) : await gitFolderOf(place);
      if (isAddress) await copyRepository(place, folder);
      const all = await this.#all();
      const found = all.find((one) => one.id === id);
      const last =
        place
          .replace(/(\/?\.git)?\/*$/, '')
          .split(/[/:]/)
          .at(-1) ?? '';
      const name = found?.name ?? freeName(`${OFFERED}/${repositoryName(last)}`, all);
      return this.#write({ id, name, folder, mayPush: true, pulls: found?.pulls ?? [] });
    });
  }

  async find(name: string): Promise<FolderRepository | undefined> {
    return (await this.#all()).find((one) => one.name === name);
  }

  /** One for a branch. Undefined where there is no such repository, or no such base in it. */
  openPull({ repository: id, ...draft }: FolderDraft): Promise<{ name: string; pull: FolderPullRequest } | undefined> {
    return this.#inOrder(async () => {
      const repository = (await this.#all()).find((one) => one.id === id);
      if (repository === undefined || !(await hasBranch(repository, draft.base))) return undefined;
      const open = repository.pulls.find(({ branch }) => branch === draft.branch);
      const pull = open ?? { ...draft, number: repository.pulls.length + 1 };
      if (open === undefined) await this.#write({ ...repository, pulls: [...repository.pulls, pull] });
      return { name: repository.name, pull };
    });
  }

  /** The one writer of this folder does one thing at a time. */
  async #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#before.then(work, work);
    this.#before = done.catch(() => undefined);
    return done;
  }

  async #all(): Promise<FolderRepository[]> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const names = (await readdir(this.#root)).filter((name) => name.endsWith('.json'));
    const texts = await Promise.all(names.map((name) => readFile(join(this.#root, name), 'utf8')));
    return texts.map((text) => recordSchema.parse(JSON.parse(text)));
  }

  async #write(record: FolderRepository): Promise<FolderRepository> {
    const file = join(this.#root, `${record.id}.json`);
    await writeFile(`${file}.new`, JSON.stringify(record, undefined, 2), { mode: 0o600 });
    await rename(`${file}.new`, file);
    return record;
  }
}

/** What its `HEAD` points to, whether or not that has a commit. */
export async function defaultBranchOf({ folder }: Pick<FolderRepository, 'folder'>): Promise<string> {
  const { stdout } = await run('git', ['--git-dir', folder, 'symbolic-ref', '--short', 'HEAD']).catch(() => ({
    stdout: 'main',
  }));
  return stdout.trim();
}

async function hasBranch({ folder }: Pick<FolderRepository, 'folder'>, branch: string): Promise<boolean> {
  return run('git', ['--git-dir', folder, 'show-ref', '--verify', '--quiet', `refs/heads/${branch}`]).then(
    () => true,
    () => false,
  );
}

async function makeBare(folder: string): Promise<void> {
  await rm(`${folder}.new`, { recursive: true, force: true });
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', '--template=', `${folder}.new`]);
  await rm(folder, { recursive: true, force: true });
  await rename(`${folder}.new`, folder);
}

async function gitFolderOf(path: string): Promise<string> {
  try {
    const { stdout } = await run('git', ['-C', path, 'rev-parse', '--path-format=absolute', '--git-common-dir']);
    return stdout.trim();
  } catch (error) {
    const advice = 'Name the folder of one, or an address, for example --repo https://example.com/shop.git.';
    throw new Error(`There is no git repository at ${path}. ${advice}`, { cause: error });
  }
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 20);
}

function repositoryName(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return plain === '' ? 'repository' : plain;
}

function freeName(wanted: string, all: readonly FolderRepository[]): string {
  const taken = new Set(all.map(({ name }) => name));
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? wanted : `${wanted}-${n}`;
    if (!taken.has(name)) return name;
  }
}

// A person's own repository in the organization: found by a mark made of their id, whatever it is called now, or made.
//
// The mark is born with the repository, in its description: a field that every way of making one takes, so that nothing is
// made without it. Later it is a topic as well, and the description is the person's to change. GitHub has one thing that two
// cannot take at once, the name: whoever comes second finds the name taken, looks, and sees the mark.
import { setTimeout as pass } from 'node:timers/promises';
import { RunnelError, retryable, type UserKey } from '@runnel/shared';
import { decideRepositoryName } from './decide-repository-name.ts';
import type { GithubApi, GithubRepository } from './github-api.ts';
import { messageOf, refusalOf, statusOf } from './github-refusal.ts';
import { ownerMark } from './owner-mark.ts';
import type { RepositoryName } from './read-repository-name.ts';

export type OwnRepositories = {
  readonly api: GithubApi;
  readonly organization: string;
  /** Undefined: a README. */
  readonly template: RepositoryName | undefined;
};

export type Person = { readonly user: UserKey; readonly handle: string };

export async function ownGithubRepository(own: OwnRepositories, { user, handle }: Person): Promise<GithubRepository> {
  const mark = ownerMark(user);
  const found = await find(own, mark, handle);
  const repository = found ?? (await make(own, mark, handle));
  await keepMark(own.api, repository, mark);
  return repository;
}

type Marked = Pick<GithubRepository, 'fork' | 'topics' | 'description'>;

/** A fork takes the description along. */
function isMarked({ fork, topics = [], description }: Marked, mark: string): boolean {
  return !fork && (topics.includes(mark) || (description?.includes(mark) ?? false));
}

/** Mostly the handle names it still, or named it once: one call. Else everything is looked through. */
async function find(own: OwnRepositories, mark: string, handle: string): Promise<GithubRepository | undefined> {
  const named = await lookUp(own, decideRepositoryName(handle, 1));
  if (named !== undefined && isMarked(named, mark)) return named;
  return findListed(own, mark);
}

/** The list is what is, unlike GitHub's search, which comes to know of a repository later. */
async function findListed({ api, organization }: OwnRepositories, mark: string): Promise<GithubRepository | undefined> {
  const all = await api.paginate(api.repos.listForOrg, { org: organization, type: 'all', per_page: 100 });
  const [first] = all
    .filter(({ fork, topics, description }) => isMarked({ fork, topics: topics ?? [], description }, mark))
    .toSorted((one, other) => one.id - other.id);
  if (first === undefined) return undefined;
  const { data } = await api.repos.get({ owner: first.owner.login, repo: first.name });
  return data;
}

/** By the name that it has, or had before it was renamed or handed over. */
async function lookUp({ api, organization }: OwnRepositories, repo: string): Promise<GithubRepository | undefined> {
  try {
    const { data } = await api.repos.get({ owner: organization, repo });
    return data;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** So many people of one handle there are not. */
const NAMES = 100;

async function make(own: OwnRepositories, mark: string, handle: string): Promise<GithubRepository> {
  for (let attempt = 1; attempt <= NAMES; attempt += 1) {
    const name = decideRepositoryName(handle, attempt);
    const made = await makeNamed(own, name, mark);
    if (made !== undefined) return settle(own, made, mark);
    const taken = await lookUp(own, name);
    if (taken !== undefined && isMarked(taken, mark)) return taken;
  }
  const name = decideRepositoryName(handle, 1);
  throw new RunnelError(
    'repository_refused',
    `GitHub has ${NAMES} repositories ${own.organization}/${name}-… already.`,
  );
}

/** Undefined where the name is taken. */
async function makeNamed(own: OwnRepositories, name: string, mark: string): Promise<GithubRepository | undefined> {
  const { api, organization: org, template } = own;
  const about = { name, private: true, description: `Made by Runnel as ${mark}` };
  try {
    if (template === undefined) return (await api.repos.createInOrg({ ...about, org, auto_init: true })).data;
    const from = { template_owner: template.owner, template_repo: template.repo };
    return (await api.repos.createUsingTemplate({ ...about, ...from, owner: org })).data;
  } catch (error) {
    if (statusOf(error) === 422 && /already exists/i.test(messageOf(error))) return undefined;
    throw template === undefined ? error : refusalOf(error, `the template ${template.owner}/${template.repo}`);
  }
}

/** Two runners at once, under two handles, made two: the first one stays. */
async function settle(own: OwnRepositories, made: GithubRepository, mark: string): Promise<GithubRepository> {
  const first = (await findListed(own, mark)) ?? made;
  if (first.id === made.id) return own.template === undefined ? made : filled(own.api, made);
  const description = 'Made twice at the same moment and not used: may be deleted.';
  await own.api.repos.update({ owner: made.owner.login, repo: made.name, description });
  return first;
}

const FILLED_MS = 30_000;
const LOOK_MS = 500;

/** What a template holds comes after the answer. */
async function filled(api: GithubApi, made: GithubRepository): Promise<GithubRepository> {
  const { owner, name: repo, default_branch: branch } = made;
  for (const tiredAt = Date.now() + FILLED_MS; Date.now() < tiredAt; await pass(LOOK_MS)) {
    try {
      await api.git.getRef({ owner: owner.login, repo, ref: `heads/${branch}` });
      return made;
    } catch (error) {
      if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
    }
  }
  throw new RunnelError('forge_unavailable', `GitHub still copies the template into ${made.full_name}.`, {
    retry: retryable(FILLED_MS),
  });
}

/** Where that is refused the description has it still; the next runner tries again. */
async function keepMark(api: GithubApi, repository: GithubRepository, mark: string): Promise<void> {
  const { owner, name: repo, topics = [], archived } = repository;
  if (archived || topics.includes(mark)) return;
  try {
    await api.repos.replaceAllTopics({ owner: owner.login, repo, names: [...topics, mark] });
  } catch (error) {
    if (![403, 404, 422].includes(statusOf(error))) throw error;
  }
}

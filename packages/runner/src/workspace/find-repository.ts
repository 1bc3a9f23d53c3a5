// Stage: the repository in which a thread works: the one that it began in, else the one that was asked for, else the person's usual one.
import { RunnelError, type UserKey } from '@runnel/shared';
import type { Forge, Repository } from '../forge/forge.ts';
import { ownerMark } from '../forge/owner-mark.ts';
import type { WorkRecord } from '../store/session-store.ts';
import { decideRepositoryChoice } from './decide-repository-choice.ts';
import type { FindPerson } from './person.ts';

export type RepositoryParts = {
  readonly user: UserKey;
  readonly forge: Forge;
  readonly findPerson: FindPerson;
  /** A repository for everybody, by its name; empty where each person has their own. */
  readonly repository: string;
  /** Further ones that anybody may choose: `owner/name`, or `owner/*`. */
  readonly choosable: readonly string[];
};

/** `owner/name`, or the address of its page, for a thread that has no work yet. */
export type WantedWork = { readonly repository?: string | undefined; readonly branch?: string | undefined };

export type Thread = { readonly record: WorkRecord | undefined; readonly wanted?: WantedWork | undefined };

export async function findRepository(parts: RepositoryParts, { record, wanted }: Thread): Promise<Repository> {
  if (record !== undefined) return findAgain(parts, record);
  const { repository } = wanted ?? {};
  return repository === undefined ? usualRepository(parts) : chooseRepository(parts, repository);
}

/** Throws a `repository_refused` or a `repository_unknown` with a sentence for the person. */
export async function chooseRepository(parts: RepositoryParts, asked: string): Promise<Repository> {
  const named = [...parts.choosable, parts.repository].filter((entry) => entry !== '');
  const about = { asked, mark: ownerMark(parts.user), named };
  const found = await orNone(parts.forge.findRepository(asked), 'repository_unknown', 'repository_refused');
  const { name, ownedBy = [] } = found.kind === 'found' ? found.repository : {};
  const decision = decideRepositoryChoice({ ...about, name, ownedBy });
  // In the same words whether there is such a one or not: what there is they may not know either.
  if (decision === 'not_named') throw new RunnelError('repository_refused', sayWhich(named));
  if (found.kind === 'none') throw found.error;
  if (decision === 'allowed') return found.repository;
  throw new RunnelError(
    'repository_refused',
    `${found.repository.name} is another person's own: nobody else works in it.`,
  );
}

const MOST_NAMED = 10;

function sayWhich(named: readonly string[]): string {
  if (named.length === 0) return 'You may choose no repository but your own: an operator names others in REPOSITORIES.';
  const some = named.slice(0, MOST_NAMED).join(', ');
  const more = named.length > MOST_NAMED ? ` and ${named.length - MOST_NAMED} more` : '';
  return `You may not choose that repository, but your own, and of ${some}${more}: write owner/name. An operator adds others to REPOSITORIES.`;
}

async function usualRepository({ forge, findPerson, repository, user }: RepositoryParts): Promise<Repository> {
  if (repository !== '') return forge.findRepository(repository);
  const { handle } = await findPerson();
  return forge.ownRepository({ user, handle });
}

/** A thread stays with the repository that it began in, whatever is called so now. */
async function findAgain(parts: RepositoryParts, record: WorkRecord): Promise<Repository> {
  const found = await orNone(parts.forge.findRepository(record.name), 'repository_unknown');
  if (found.kind === 'found' && found.repository.id === record.repository) return found.repository;
  const usual = await usualRepository(parts);
  if (usual.id === record.repository) return usual;
  throw new RunnelError('repository_unknown', `The repository ${record.name}, in which this thread began, is gone.`);
}

type Found =
  | { readonly kind: 'found'; readonly repository: Repository }
  | { readonly kind: 'none'; readonly error: RunnelError };

async function orNone(finding: Promise<Repository>, ...codes: readonly string[]): Promise<Found> {
  try {
    return { kind: 'found', repository: await finding };
  } catch (error) {
    if (error instanceof RunnelError && codes.includes(error.code)) return { kind: 'none', error };
    throw error;
  }
}

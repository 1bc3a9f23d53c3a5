// Stage: what a turn changed becomes a commit in the person's name, unless there is a secret in it.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findLeftAlone, type LeftAlone } from './find-left-alone.ts';
import { findSecrets, type FoundSecret } from './find-secrets.ts';
import { askGit, git, type GitPlace } from './git-place.ts';
import type { Person } from './person.ts';
import { isCheckout } from './prepare-checkout.ts';
import { readAdded } from './read-added.ts';

export type Commission = {
  readonly person: Person;
  /** One line, said by the person. */
  readonly title: string;
  /** Name of the provider. */
  readonly agent: string;
};

export type Committed =
  | { readonly kind: 'done'; readonly head: string; readonly leftAlone: readonly LeftAlone[] }
  | { readonly kind: 'secret'; readonly found: readonly FoundSecret[] }
  /** The agent stands in the middle of a merge: it is not for us to end it. */
  | { readonly kind: 'unmerged' }
  /** There is no repository in the folder any more. */
  | { readonly kind: 'gone' };

const UNNAMED = 'Change files';

export async function commitWork(place: GitPlace, commission: Commission): Promise<Committed> {
  const files = place.workTree ?? place.gitDir;
  if (!(await isCheckout(files))) return { kind: 'gone' };
  // Whoever held it was ended with the turn.
  await rm(join(place.gitDir, 'index.lock'), { force: true });
  if ((await git(place, ['ls-files', '--unmerged'])) !== '') return { kind: 'unmerged' };
  const leftAlone = await findLeftAlone(place, files);
  const wanted = ['.', ...leftAlone.map(({ path }) => `:(exclude,top,literal)${path}`)];
  // More than fit into arguments.
  const args = ['add', '--all', '--pathspec-from-file=-', '--pathspec-file-nul'];
  await git(place, args, { input: wanted.join('\0') });
  if ((await askGit(place, ['diff', '--cached', '--quiet', '--ignore-submodules=dirty'])) === undefined) {
    const found = await findSecrets(readAdded(place, ['diff', '--cached']));
    if (found.length > 0) return { kind: 'secret', found };
    await commit(place, commission);
  }
  return { kind: 'done', head: await git(place, ['rev-parse', 'HEAD']), leftAlone };
}

async function commit(place: GitPlace, { person, title, agent }: Commission): Promise<void> {
  const isTelling = (await findSecrets([{ path: '', text: title }])).length > 0;
  const subject = title === '' || isTelling ? UNNAMED : title;
  const input = `${subject}\n\nCo-authored-by: Runnel (${agent}) <${agent}@agents.runnel.invalid>\n`;
  const args = ['commit', '--quiet', '--no-verify', '--cleanup=verbatim', '--file=-'];
  await git(place, args, { input, author: person });
}

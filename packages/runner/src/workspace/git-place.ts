// Where git works: a folder of its own, and what its calls have in common.
import { RunnelError, retryable } from '@runnel/shared';
import { runGit, streamGit, type GitCall, type GitEnd } from './run-git.ts';

export type GitPlace = Pick<GitCall, 'path' | 'gitDir' | 'workTree'>;
export type GitOptions = Pick<GitCall, 'input' | 'author' | 'credential' | 'signal'>;

/** Words of git's about a right that is missing; everything else that goes wrong on the way may go away. */
const REFUSALS = /authentication failed|returned error: 40[134]|could not read (username|password)|denied|not found/i;
const LONGEST_REASON = 300;

/** Throws what `asGitError` makes of a failure. Resolves to what git wrote, without the last line end. */
export async function git(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<string> {
  const end = await runGit({ ...place, args, ...options });
  if (end.code !== 0) throw asGitError(end, args[0] ?? '');
  return end.out.replace(/\n$/, '');
}

/** The same as it comes, for what may be large. Throws when all of it has come. */
export async function* gitStream(place: GitPlace, args: readonly string[]): AsyncGenerator<string> {
  const end = yield* streamGit({ ...place, args });
  if (end.code !== 0) throw asGitError(end, args[0] ?? '');
}

/** Undefined where git says no. */
export async function askGit(place: GitPlace, args: readonly string[]): Promise<string | undefined> {
  const end = await runGit({ ...place, args });
  return end.code === 0 ? end.out.replace(/\n$/, '') : undefined;
}

export function asGitError(end: Omit<GitEnd, 'out'>, what: string): RunnelError {
  const reason = reasonOf(end);
  if (REFUSALS.test(reason)) return new RunnelError('repository_refused', reason);
  return new RunnelError('forge_unavailable', `git ${what}: ${reason}`, { retry: retryable() });
}

/** Lines of what the far end says to people. */
const MOST_WORDS = 5;

/** What the far end said to people: a hook of it, or a forge that refuses. */
export function remoteWords({ err }: Pick<GitEnd, 'err'>): string[] {
  const words = err.split('\n').flatMap((line) => /^remote: (.*\S)/.exec(line)?.[1] ?? []);
  return words.slice(0, MOST_WORDS);
}

/** Its last words that mean something to a person, behind those of the far end. */
function reasonOf(end: Omit<GitEnd, 'out'>): string {
  const { code, err } = end;
  const lines = err.split('\n').map((line) => line.trim());
  const telling = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.findLast((line) => line !== '');
  const own = (telling ?? `ended with ${code}`).replace(/^(fatal|error): /, '');
  return [...remoteWords(end), own].join(': ').slice(0, LONGEST_REASON);
}

// Stage: what commits, or the index, add: the lines alone, where they stand. A file of more than 1 MB counts as one without lines.
import { git, type GitPlace } from './git-place.ts';
import { parsePatch, type AddedText } from './parse-patch.ts';

const PATCH = ['-U0', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--no-prefix'];

/** `args` are a command that writes patches, and what of. */
export async function readAdded(place: GitPlace, [command = '', ...of]: readonly string[]): Promise<AddedText[]> {
  return parsePatch(await git(place, ['-c', 'core.bigFileThreshold=1m', command, ...PATCH, ...of]));
}

// Stage: what commits, or the index, add: the lines alone, where they stand. A file of more than 1 MB counts as one without lines.
import { gitStream, type GitPlace } from './git-place.ts';
import { parsePatch, type AddedText } from './parse-patch.ts';

const PATCH = ['-U0', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--no-prefix'];
/** No line of a file stands so in a patch: each has a sign before it. */
const HEADING = '\ndiff --git ';

/** `args` are a command that writes patches, and what of. A few files at a time are in memory. */
export async function* readAdded(place: GitPlace, [command = '', ...of]: readonly string[]): AsyncGenerator<AddedText> {
  const patches = gitStream(place, ['-c', 'core.bigFileThreshold=1m', command, ...PATCH, ...of]);
  for await (const files of wholeFiles(patches)) yield* parsePatch(files);
}

async function* wholeFiles(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of texts) {
    rest += text;
    const end = rest.lastIndexOf(HEADING) + 1;
    if (end === 0) continue;
    yield rest.slice(0, end);
    rest = rest.slice(end);
  }
  yield rest;
}

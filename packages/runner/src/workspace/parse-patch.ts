// What a patch adds, file by file. Pure.

/** `text` has the added lines where they stand in the file, and nothing on all others: a place in it is a place in the file. */
export type AddedText = { readonly path: string; readonly text: string };

const HUNK = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** Reads what `git diff -U0 --no-prefix` and `git log -p` of the same write. A line is never mistaken for a heading: hunks are counted. */
export function parsePatch(patch: string): AddedText[] {
  const files: { path: string; added: string[] }[] = [];
  const lines = patch.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith('+++ ')) files.push({ path: plainPath(line.slice(4)), added: [] });
    const [found, removed = '1', start = '1', added = '1'] = HUNK.exec(line) ?? [];
    if (found === undefined) continue;
    const size = Number(removed) + Number(added);
    at += readHunk(lines, { from: at + 1, size, start: Number(start), into: files.at(-1)?.added ?? [] });
  }
  return files.map(({ path, added }) => ({ path, text: Array.from(added, (one) => one ?? '').join('\n') }));
}

type Hunk = { readonly from: number; readonly size: number; readonly start: number; readonly into: string[] };

/** How many lines it has in the patch. */
function readHunk(lines: readonly string[], { from, size, start, into }: Hunk): number {
  let left = size;
  let to = start - 1;
  let read = 0;
  while (left > 0 && from + read < lines.length) {
    const line = lines[from + read] ?? '';
    read += 1;
    // `\ No newline at end of file` counts for nothing.
    if (line.startsWith('\\')) continue;
    left -= 1;
    if (!line.startsWith('+')) continue;
    into[to] = line.slice(1);
    to += 1;
  }
  return read;
}

/** Git quotes names with quotes and line ends in them, and ends those with blanks by a tab. */
function plainPath(path: string): string {
  const bare = path.replace(/\t$/, '');
  return bare.startsWith('"') ? bare.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : bare;
}

// Pure: under which names attached files are kept. What people call them is data: nothing in a name leads anywhere, and each is kept.

/** In UTF-16 units, each at most three bytes: with a number behind it a name stays below the 255 bytes that file systems take. */
const LONGEST = 80;
const LONGEST_ENDING = 16;

/** In the same order, and none twice, on file systems too that take `A` for `a`. The same names always give the same. */
export function decideFileNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const { stem, ending } = partsOf(decideFileName(name));
    let free = `${stem}${ending}`;
    for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${stem}-${count}${ending}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

/** Letters, digits, `.`, `_` and `-`: it means nothing to a shell, and begins like no option and no hidden file. */
export function decideFileName(name: string): string {
  const { stem, ending } = partsOf(name.split(/[/\\]/).at(-1)?.normalize('NFC') ?? '');
  // A pair that is cut in two is no letter any more.
  const short = `${stem.slice(0, LONGEST - ending.length)}${ending}`.toWellFormed();
  const safe = short.replaceAll(/[^\p{L}\p{M}\p{N}._-]/gu, '_').replace(/^[.-]+/, '');
  return safe === '' ? 'file' : safe;
}

function partsOf(name: string): { stem: string; ending: string } {
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= LONGEST_ENDING ? name.slice(dot) : '';
  return { stem: name.slice(0, name.length - ending.length), ending };
}

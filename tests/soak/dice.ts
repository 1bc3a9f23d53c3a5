// Choices that a seed reproduces: what is rolled depends on the seed and on what it is about, never on who comes first.

export type Dice = {
  /** In [0, 1). */
  roll(...about: (string | number)[]): number;
  between(least: number, most: number, ...about: (string | number)[]): number;
  pick<T>(from: readonly T[], ...about: (string | number)[]): T;
};

export function makeDice(seed: number): Dice {
  const roll = (...about: (string | number)[]): number => hash(`${seed}|${about.join('|')}`) / 2 ** 32;
  return {
    roll,
    between: (least, most, ...about) => least + roll(...about) * (most - least),
    pick(from, ...about) {
      const picked = from[Math.floor(roll(...about) * from.length)];
      if (picked === undefined) throw new Error('There is nothing to pick from.');
      return picked;
    },
  };
}

/** FNV-1a, stirred as MurmurHash3 does at its end: neighbours in the text are none in the number. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

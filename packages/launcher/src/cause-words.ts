// What a lease keeps of an end for whoever tells the person: the cause, and after it the name of what was missing.

export type CauseWords = {
  /** Perhaps one that a newer launcher wrote. */
  readonly cause: string;
  readonly missing?: string | undefined;
};

export function writeCause({ cause, missing }: CauseWords): string {
  return missing === undefined ? cause : `${cause} ${missing}`;
}

export function readCause(words: string): CauseWords {
  const [cause = '', ...missing] = words.split(' ');
  return missing.length === 0 ? { cause } : { cause, missing: missing.join(' ') };
}

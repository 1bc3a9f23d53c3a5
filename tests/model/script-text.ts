// The shipped scripts, read from their own folder; a mutant is an edit of their text.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Verb } from './calls.ts';

/** Replaces a text that must stand in the script exactly once. */
export type Edit = { readonly script: Verb; readonly text: string; readonly paste: string };

/** One edit: that text, and what stands there instead. */
export function cut(script: Edit['script'], text: string, paste = ''): Edit[] {
  return [{ script, text, paste }];
}

export type ScriptText = { readonly source: string; readonly digest: string };

export function scriptTexts(edits: readonly Edit[] = []): (verb: Verb) => ScriptText {
  const texts = new Map<Verb, ScriptText>();
  return (verb) => {
    const known = texts.get(verb);
    if (known !== undefined) return known;
    const source = edits.filter(({ script }) => script === verb).reduce(applyEdit, shippedText(verb));
    const text = { source, digest: createHash('sha1').update(source).digest('hex') };
    texts.set(verb, text);
    return text;
  };
}

/** Throws where the text to edit is not there, or is there more than once. */
export function applyEdit(source: string, { script, text, paste }: Edit): string {
  const times = source.split(text).length - 1;
  if (times !== 1) throw new Error(`${script}.lua holds the text to edit ${times} times: ${text}`);
  return source.replace(text, () => paste);
}

function shippedText(verb: Verb): string {
  return readFileSync(new URL(`../../packages/shared/src/redis/scripts/${verb}.lua`, import.meta.url), 'utf8');
}

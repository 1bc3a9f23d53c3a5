// Every guard of the scripts of ingress and launcher is needed: without it something breaks.
import { expect, test } from 'vitest';
import { describeMutants } from './describe-worlds.ts';
import { keeperScriptMutants } from './keeper-script-mutants.ts';
import { applyEdit, cut } from './script-text.ts';

describeMutants(keeperScriptMutants);

test('a mutant whose text is not in the script fails loudly', () => {
  expect(() => cut('sweep', 'no such text').reduce(applyEdit, 'return {}')).toThrow(
    'sweep.lua holds the text to edit 0 times',
  );
});

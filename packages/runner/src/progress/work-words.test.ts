import { expect, test } from 'vitest';
import type { FinishedWork } from '../workspace/workspaces.ts';
import { sayWork } from './work-words.ts';

const work: FinishedWork = {
  kind: 'done',
  branch: 'runnel/1',
  repository: 'acme/shop',
  changes: { files: 1, added: 2, removed: 0 },
  head: 'c0ffee00',
  before: '',
  leftAlone: [],
  pushed: { kind: 'pushed', head: 'c0ffee00', rebased: false },
};

test('what is left alone is named, and why', () => {
  expect(sayWork(work)).toBe('`runnel/1` of `acme/shop`: 1 file, +2 −0, commit `c0ffee0`.');
  const leftAlone = [
    { path: 'huge.bin', why: 'too_large' },
    { path: 'sub/', why: 'repository' },
    { path: 'emb/', why: 'repository' },
    { path: 'big.bin', why: 'lfs' },
  ] as const;
  expect(sayWork({ ...work, leftAlone })).toMatch(
    /c0ffee0`\. Too large to be committed: `huge\.bin`\. Not committed, since each is a repository of its own: `sub\/`, `emb\/`\.[^]*Git LFS keeps[^]*: `big\.bin`\./,
  );
});

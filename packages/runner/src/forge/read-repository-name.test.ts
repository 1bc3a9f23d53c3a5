import { expect, test } from 'vitest';
import { readRepositoryName } from './read-repository-name.ts';

test.each([
  'acme/app.js',
  ' acme/app.js ',
  'acme/app.js/',
  'github.com/acme/app.js',
  'https://github.com/acme/app.js',
  'https://github.com/acme/app.js.git',
  'https://github.com/acme/app.js/tree/main/src?tab=readme#top',
  'https://ada:secret@github.com/acme/app.js.git',
  'git@github.com:acme/app.js.git',
  'ssh://git@github.com/acme/app.js.git',
])('%j names acme/app.js', (text) => {
  expect(readRepositoryName(text, 'github.com')).toEqual({ owner: 'acme', repo: 'app.js' });
});

test.each([
  '',
  'app',
  'acme/',
  '/app',
  '../../etc',
  'acme/..',
  'acme/.',
  'acme/app/issues',
  'a/b/c/d',
  'acme/a b',
  '-rf/app',
  'https://github.com',
  'https://github.com/acme',
  'https://example.com/acme/app',
  'https://github.com.example.com/acme/app',
  'git@example.com:acme/app',
  'https://github.com/%2e%2e/app',
])('%j names none', (text) => {
  expect(readRepositoryName(text, 'github.com')).toBeUndefined();
});

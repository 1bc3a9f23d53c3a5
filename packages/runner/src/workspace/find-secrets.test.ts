import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { findSecrets } from './find-secrets.ts';

// In pieces, so that this file itself is clean.
const key = ['ghp', '_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');

test('a token is found, by file and line, whatever the file is called, and not repeated', async () => {
  const found = await findSecrets([
    { path: 'README.md', text: 'nothing\nto see' },
    { path: 'pnpm-lock.yaml', text: `\n\ntoken: ${key}\n` },
  ]);
  expect(found).toMatchObject([{ path: 'pnpm-lock.yaml', line: 3, what: 'github' }]);
  expect(JSON.stringify(found)).not.toContain(key);
});

test('nothing of it stays in memory', async () => {
  const before = performance.getEntries().length;
  await findSecrets(Array.from({ length: 10 }, (_, n) => ({ path: String(n), text: 'nothing to see' })));
  expect(performance.getEntries()).toHaveLength(before);
});

test('a private key is found where it begins', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  expect(await findSecrets([{ path: 'id', text: `\n${text}` }])).toMatchObject([{ path: 'id', line: 2 }]);
});

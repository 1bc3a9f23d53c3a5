import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLocalForge } from './local-forge.ts';

test('everybody may choose what was given to a local fleet, and nothing that is made for people', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-local-forge-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // A repository that lies on this machine: that of a person in another folder.
  const { repositories: others } = await openLocalForge(join(folder, 'others'), undefined);
  const place = (await others.own('T1:U9', 'grace')).folder;
  const { repositories, serve } = await openLocalForge(join(folder, 'forge'), place);
  const served = await serve('http://127.0.0.1/forge', process.env);
  onTestFinished(() => served.close());
  expect(served.settings).toMatchObject({ REPOSITORIES: 'local/*', REPOSITORY: expect.stringMatching(/^local\//) });
  expect((await repositories.own('T1:U1', 'local')).name).toBe('people/local');
});

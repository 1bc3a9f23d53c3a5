import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readProfile } from './read-profiles.ts';
import { memoryOf } from './runner-profile.ts';

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-profiles-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'profiles.yaml');
  await writeFile(path, text);
  return path;
}

test('without a file there is `interactive`', async () => {
  expect(await readProfile('', 'interactive')).toMatchObject({ safeToEvict: false, sidecars: [] });
  await expect(readProfile('', 'large')).rejects.toThrow(/RUNNER_PROFILE is "large", but there is only interactive/);
});

test('a file adds profiles, each with the defaults for what it leaves out', async () => {
  const file = await fileOf('profiles:\n  large:\n    resources: { memory: 8Gi }\n');
  const large = await readProfile(file, 'large');
  expect(memoryOf(large)).toBe(8 * 1024 ** 3);
  expect(large.resources.cpu).toBe('500m');
  expect(memoryOf(await readProfile(file, 'interactive'))).toBeUndefined();
});

test('JSON is read too', async () => {
  const file = await fileOf('{"profiles": {"spot": {"nodeSelector": {"spot": "true"}}}}');
  expect(await readProfile(file, 'spot')).toMatchObject({ nodeSelector: { spot: 'true' } });
});

test('all faults are told at once, each with the file and its path', async () => {
  const file = await fileOf(`profiles:
  large:
    resources: { memory: lots }
    sidecars: [{ name: runner, image: a }]
  odd:
    runtimeClassName: Not A Name
    agentPolicy: everything
`);
  const told = await readProfile(file, 'large').catch((error: unknown) => String(error));
  for (const path of ['large.resources.memory', 'large.sidecars.0.name', 'odd.runtimeClassName', 'odd.agentPolicy']) {
    expect(told).toContain(`  - ${file}: profiles.${path}: `);
  }
});

test.for([
  ['securityContext', '{ privileged: true }'],
  ['hostNetwork', 'true'],
  ['hostPID', 'true'],
  ['volumes', '[{ name: host, hostPath: { path: / } }]'],
  ['serviceAccountName', 'runnel-launcher'],
  ['automountServiceAccountToken', 'true'],
  ['sidecars', '[{ name: a, image: b, securityContext: { privileged: true } }]'],
  ['sidecars', '[{ name: a, image: b, volumeMounts: [] }]'],
  ['sidecars', '[{ name: a, image: b, env: [{ name: A, valueFrom: {} }] }]'],
  ['sidecars', '[{ name: a, image: b }, { name: a, image: c }]'],
])('a profile has no %s: %s', async ([key, value]) => {
  const file = await fileOf(`profiles:\n  loose:\n    ${key}: ${value}\n`);
  await expect(readProfile(file, 'loose')).rejects.toThrow(/config_invalid/);
});

test.for(['profiles: [', 'profile: {}', '42', ''])('what is no file of profiles is refused: %s', async (text) => {
  await expect(readProfile(await fileOf(text), 'interactive')).rejects.toThrow(/config_invalid/);
});

test('a file that is not there is named', async () => {
  await expect(readProfile('/nowhere/profiles.yaml', 'interactive')).rejects.toThrow(
    /\/nowhere\/profiles.yaml: ENOENT/,
  );
});

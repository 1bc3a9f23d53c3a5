// The profiles of runners that k8s/ brings, as a launcher reads them at its start, and the room that is kept for them.
import { join } from 'node:path';
import { readProfile } from '@runnel/launcher/kubernetes-pods';
import { expect, test } from 'vitest';
import { k8s, readManifests } from './read-manifests.ts';
import { runnerJob } from './runner-jobs.ts';

const PROFILES = [
  ['base/settings/profiles.yaml', 'interactive', { priorityClassName: 'runnel-interactive', safeToEvict: false }],
  ['base/settings/profiles.yaml', 'background', { priorityClassName: 'runnel-background', safeToEvict: true }],
  ['components/spot/profiles.yaml', 'spot', { nodeSelector: { 'cloud.google.com/gke-spot': 'true' } }],
  ['components/gvisor/profiles.yaml', 'gvisor', { runtimeClassName: 'gvisor' }],
] as const;

test.each(PROFILES)('%s has the profile %s', async (file, name, what) => {
  expect(await readProfile(join(k8s, file), name)).toMatchObject(what);
});

test('every priority that one names is there', async () => {
  const classes = (await readManifests())
    .filter(({ kind }) => kind === 'PriorityClass')
    .map(({ metadata }) => metadata.name);
  for (const [file, name] of PROFILES) {
    expect(classes).toContain((await readProfile(join(k8s, file), name)).priorityClassName);
  }
});

test('a placeholder keeps as much room as a runner asks for', async () => {
  const found = (await readManifests()).find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'runnel-placeholder',
  );
  const spec = found?.['spec'] as DeploymentSpec | undefined;
  const [container] = spec?.template.spec.containers ?? [];
  const job = await runnerJob('T0LOCAL:U0ADA');
  const { memory, ...asked } = job.spec?.template.spec?.containers[0]?.resources?.requests ?? {};
  expect(container?.resources.requests).toEqual({ ...asked, memory: `${Number(memory) / 1024 ** 3}Gi` });
});

type DeploymentSpec = {
  readonly template: {
    readonly spec: { readonly containers: { readonly resources: { readonly requests: object } }[] };
  };
};

// Every object of every overlay, with every component, is one that the API server takes: strictly, and under Pod Security.
import { CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import { launcherConfiguration } from '@runnel/launcher';
import { runnerConfiguration } from '@runnel/runner';
import { readConfiguration } from '@runnel/shared/process';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ClusterAccess } from '../cluster/cluster-access.ts';
import { freshNamespace } from '../cluster/fresh-namespace.ts';
import { runKubectl } from '../cluster/run-kubectl.ts';
import { parseYaml, type Manifest } from '../manifests/read-manifests.ts';
import { buildOverlay, installManifests, type Build } from './install-manifests.ts';

let access: ClusterAccess;
beforeAll(async () => void (access = await installManifests()));

const BUILDS: readonly Build[] = [
  { overlay: 'local', components: [] },
  { overlay: 'gke-autopilot', components: [] },
  { overlay: 'gke-autopilot', components: ['redis'] },
  { overlay: 'gke-autopilot', components: ['spot'] },
  { overlay: 'gke-autopilot', components: ['gvisor', 'warm-capacity'] },
  { overlay: 'gke-autopilot', components: ['state-bucket'] },
  { overlay: 'gke-autopilot', components: ['redis', 'spot', 'state-bucket', 'warm-capacity'] },
];

/** What a process gets of Secrets and of its Job. */
const OF_POD = {
  REDIS_URL: 'redis://h',
  SLACK_BOT_TOKEN: 'xoxb',
  RUNNER_USER_KEY: 'T0:U0',
  RUNNER_GENERATION: '1',
  RUNNER_OWNER: 'o',
  RUNNER_HOME: '/home/runner',
};

test.each(BUILDS)('$overlay with $components', async (build) => {
  // A dry run needs the namespaces to be there, and nothing of another overlay in them.
  await using system = await freshNamespace({ enforce: 'restricted' });
  await using runners = await freshNamespace({ enforce: 'restricted' });
  const built = await buildOverlay(access, build);
  const yaml = built.replaceAll('runnel-system', system.name).replaceAll('runnel-runners', runners.name);
  const said = await runKubectl(access, ['apply', '--dry-run=server', '--validate=strict', '-f', '-'], yaml);
  const objects = parseYaml(yaml) as Manifest[];
  expect(said.split('\n').filter((line) => line.includes('dry run'))).toHaveLength(objects.length);

  // Of a Deployment's pods the API server would only warn that they are refused.
  for (const { namespace, pod } of podsOf(objects)) {
    const core = access.config.makeApiClient(CoreV1Api);
    await expect(core.createNamespacedPod({ namespace, body: pod, dryRun: 'All' })).resolves.toBeDefined();
  }
});

describe('with the session store in a bucket', () => {
  const build = (line: string): Promise<string> =>
    buildOverlay(access, {
      overlay: 'gke-autopilot',
      components: ['state-bucket'],
      writeFacts: (example) => example.replace(/^STATE_BUCKET=.*$/m, line),
    });

  type ConfigMap = Manifest & { readonly data?: Readonly<Record<string, string>> };
  const settingsOf = (built: string, name: string): Readonly<Record<string, string>> => {
    const objects = parseYaml(built) as ConfigMap[];
    const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith(name));
    return { ...OF_POD, ...map?.data };
  };

  test('launcher and runners know its name, and nothing is left of a volume', async () => {
    const built = await build('STATE_BUCKET=our-runnel-state');
    const stateBucket = 'our-runnel-state';
    expect(readConfiguration(launcherConfiguration, settingsOf(built, 'runnel-launcher'))).toMatchObject({
      stateBucket,
      stateClaim: '',
      stateDir: '',
    });
    const ofRunner = settingsOf(built, 'runnel-runner');
    expect(readConfiguration(runnerConfiguration, ofRunner)).toMatchObject({ stateBucket, stateDir: '' });
    expect(ofRunner['METADATA_SERVER_DETECTION']).toBe('assume-present');
    expect(built).not.toMatch(/kind: (PersistentVolumeClaim|StorageClass)/);
  });

  test('that is not named nothing can be built', async () => {
    await expect(build('')).rejects.toThrow('data.STATE_BUCKET');
  });

  test('that is named by nothing no process starts', async () => {
    const built = await build('STATE_BUCKET=');
    expect(() => readConfiguration(launcherConfiguration, settingsOf(built, 'runnel-launcher'))).toThrow(
      'STATE_CLAIM is not set',
    );
    expect(() => readConfiguration(runnerConfiguration, settingsOf(built, 'runnel-runner'))).toThrow(
      'STATE_DIR is not set',
    );
  });
});

/** As the controllers would make them. An account that this very build brings is not there yet. */
function podsOf(objects: readonly Manifest[]): { namespace: string; pod: V1Pod }[] {
  return objects
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map(({ metadata, spec }) => {
      const { template, volumeClaimTemplates = [] } = structuredClone(spec) as PodOwner;
      const own = { name: `would-be-${metadata.name}` };
      // What a claim is made for is a volume like any other to a pod.
      const claimed = volumeClaimTemplates.map((claim) => ({ name: claim.metadata.name, emptyDir: {} }));
      const volumes = [...(template.spec.volumes ?? []), ...claimed];
      const pod = {
        metadata: { ...template.metadata, ...own },
        spec: { ...template.spec, volumes, serviceAccountName: 'default' },
      };
      return { namespace: metadata.namespace ?? '', pod: pod as V1Pod };
    });
}

type PodOwner = {
  readonly template: { readonly metadata: object; readonly spec: { readonly volumes?: object[] } };
  readonly volumeClaimTemplates?: { readonly metadata: { readonly name: string } }[];
};

test('a field that does not exist is refused', async () => {
  const yaml = (await buildOverlay(access, { overlay: 'local' })).replace('maxUnavailable: 1', 'maxUnavailabel: 1');
  await expect(runKubectl(access, ['apply', '--dry-run=server', '--validate=strict', '-f', '-'], yaml)).rejects.toThrow(
    'unknown field "spec.maxUnavailabel"',
  );
});

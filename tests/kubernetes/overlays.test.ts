// Every object of every overlay, with every component, is one that the API server takes: strictly, and under Pod Security.
import { CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import { beforeAll, expect, test } from 'vitest';
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
];

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

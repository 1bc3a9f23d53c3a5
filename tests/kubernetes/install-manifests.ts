// k8s/ on the cluster of the run: overlays built by the real kustomize, and the local one installed as an operator would.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import type { ClusterAccess } from '../cluster/cluster-access.ts';
import { runKubectl } from '../cluster/run-kubectl.ts';
import { clusterAccess } from '../cluster/suite-cluster.ts';

const k8s = fileURLToPath(new URL('../../k8s', import.meta.url));

/** Any number of test files at once; it stays for the life of the cluster. */
export async function installManifests(): Promise<ClusterAccess> {
  const access = await clusterAccess();
  // Two that make the same object at the same moment: one of them is told that it exists.
  await vi.waitFor(() => runKubectl(access, ['apply', '-k', join(k8s, 'overlays/local')]), {
    timeout: 120_000,
    interval: 1_000,
  });
  return access;
}

export type Build = {
  readonly overlay: 'local' | 'gke-autopilot';
  /** Components beyond what the overlay has; `redis` takes the place of `memorystore`. */
  readonly components?: readonly ('redis' | 'spot' | 'gvisor' | 'state-bucket' | 'warm-capacity')[];
  /** What an operator writes into cluster.env, out of what the example says. */
  readonly writeFacts?: (example: string) => string;
};

/** The objects of an overlay as YAML. What is an operator's own is what the examples say. */
export async function buildOverlay(
  access: ClusterAccess,
  { overlay, components = [], writeFacts = (example) => example }: Build,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-k8s-'));
  try {
    await cp(k8s, folder, { recursive: true });
    const own = join(folder, 'overlays', overlay);
    if (overlay === 'gke-autopilot') {
      await rm(join(own, 'settings'), { recursive: true, force: true });
      await cp(join(own, 'settings.example'), join(own, 'settings'), { recursive: true });
      const facts = join(own, 'settings/cluster.env');
      await writeFile(facts, writeFacts(await readFile(facts, 'utf8')));
    }
    await chooseComponents(join(own, 'kustomization.yaml'), components);
    return await runKubectl(access, ['kustomize', own]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** As the comments in the file say. */
async function chooseComponents(file: string, components: NonNullable<Build['components']>): Promise<void> {
  let text = await readFile(file, 'utf8');
  for (const name of components) {
    const before = text;
    text =
      name === 'redis'
        ? text.replace('components/memorystore', 'components/redis')
        : text.replace(`# - ../../components/${name}`, `- ../../components/${name}`);
    if (text === before) throw new Error(`${file} says nothing of ${name}.`);
  }
  await writeFile(file, text);
}

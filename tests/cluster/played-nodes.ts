// Nodes that only play: kwok writes what a kubelet would say of each pod. The image's name chooses it, see played-node-stages.yaml.
import { fileURLToPath } from 'node:url';
import { CoreV1Api, type V1Node } from '@kubernetes/client-node';
import { findTools } from '../support/find-tools.ts';
import type { ControlPlane } from './control-plane.ts';

const STAGES = fileURLToPath(new URL('played-node-stages.yaml', import.meta.url));
const MARK = { name: 'kwok.x-k8s.io/node', value: 'played' };

/** Resolves when `played-0` and so on are ready: 300 pods each. Ends with the control plane. */
export async function startPlayedNodes(
  controlPlane: ControlPlane,
  { nodes }: { readonly nodes: number },
): Promise<void> {
  const { access, processes } = controlPlane;
  const path = await findTools('kwok');
  const names = Array.from({ length: nodes }, (_, index) => `played-${index}`);
  await processes.start('kwok', path('kwok'), [
    `--kubeconfig=${access.kubeconfig}`,
    `--config=${STAGES}`,
    '--manage-all-nodes=false',
    `--manage-nodes-with-annotation-selector=${MARK.name}=${MARK.value}`,
    '--node-lease-duration-seconds=40',
    // Nobody is there: room for the addresses of a thousand pods.
    '--cidr=10.244.0.1/16',
  ]);
  const core = access.config.makeApiClient(CoreV1Api);
  await Promise.all(names.map((name) => core.createNode({ body: playedNode(name) })));
  await controlPlane.until('The played nodes', async () => {
    const found = await Promise.all(names.map((name) => core.readNode({ name })));
    return found.every(isReady);
  });
}

function playedNode(name: string): V1Node {
  return {
    metadata: {
      name,
      annotations: { [MARK.name]: MARK.value },
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'played',
        // What profiles select by on GKE.
        'cloud.google.com/gke-spot': 'true',
        'sandbox.gke.io/runtime': 'gvisor',
      },
    },
  };
}

function isReady({ status }: V1Node): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

// A namespace for one test, on the cluster of the run.
import { randomBytes } from 'node:crypto';
import { CoreV1Api } from '@kubernetes/client-node';
import { vi } from 'vitest';
import type { ClusterAccess } from './cluster-access.ts';
import { clusterAccess } from './suite-cluster.ts';

export type FreshNamespace = AsyncDisposable & { readonly name: string };

export type FreshNamespaceOptions = {
  /** Where; on the cluster of the run without it. */
  readonly access?: ClusterAccess;
  /** Only pods that pass Kubernetes's Pod Security Standard of this name. */
  readonly enforce?: 'restricted' | 'baseline';
  readonly labels?: Readonly<Record<string, string>>;
};

/** Resolves when pods can be made in it. Its end is asked for and not waited for. */
export async function freshNamespace(options: FreshNamespaceOptions = {}): Promise<FreshNamespace> {
  const { enforce, labels = {} } = options;
  const access = options.access ?? (await clusterAccess());
  const core = access.config.makeApiClient(CoreV1Api);
  const name = `test-${randomBytes(5).toString('hex')}`;
  const security = enforce === undefined ? {} : { 'pod-security.kubernetes.io/enforce': enforce };
  await core.createNamespace({ body: { metadata: { name, labels: { ...labels, ...security } } } });
  const account = (): Promise<unknown> => core.readNamespacedServiceAccount({ namespace: name, name: 'default' });
  await vi.waitFor(account, { timeout: 60_000, interval: 50 });
  return {
    name,
    async [Symbol.asyncDispose]() {
      await core.deleteNamespace({ name });
    },
  };
}

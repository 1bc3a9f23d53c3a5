// How somebody reaches a cluster: who they are, and with what.
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { writeKubeconfig } from './credentials.ts';

export type ClusterAccess = {
  /** Path of a kubeconfig that holds all of it. */
  readonly kubeconfig: string;
  readonly url: string;
  readonly token: string;
  /** For clients: `access.config.makeApiClient(BatchV1Api)`. */
  readonly config: KubeConfig;
  /** The same cluster as a service account sees it, by a token of an hour that the API server issues. */
  accessAs(account: { readonly namespace: string; readonly name: string }): Promise<ClusterAccess>;
};

export function openAccess(kubeconfig: string): ClusterAccess {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  const token = config.getCurrentUser()?.token;
  if (cluster === null || token === undefined) throw new Error(`${kubeconfig} is not one of ours.`);
  return {
    kubeconfig,
    url: cluster.server,
    token,
    config,
    async accessAs({ namespace, name }) {
      const issued = await config.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
        namespace,
        name,
        body: { spec: { audiences: [], expirationSeconds: 3_600 } },
      });
      const issuedToken = issued.status?.token;
      if (issuedToken === undefined) throw new Error(`No token was issued for ${namespace}/${name}.`);
      const path = join(dirname(kubeconfig), `${namespace}-${name}-${randomBytes(4).toString('hex')}.kubeconfig`);
      const certificate = Buffer.from(cluster.caData ?? '', 'base64');
      writeKubeconfig(path, { url: cluster.server, certificate, user: name, token: issuedToken });
      return openAccess(path);
    },
  };
}

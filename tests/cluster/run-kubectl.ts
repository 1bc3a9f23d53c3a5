// The real kubectl against a cluster.
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { findTools } from '../support/find-tools.ts';
import type { ClusterAccess } from './cluster-access.ts';

/** Resolves to its standard output; throws with what it said when it fails. */
export async function runKubectl(access: ClusterAccess, args: readonly string[], input = ''): Promise<string> {
  const path = await findTools('kubernetes');
  const cache = join(dirname(access.kubeconfig), 'kubectl-cache');
  const own = [`--kubeconfig=${access.kubeconfig}`, `--cache-dir=${cache}`];
  const { stdout } = await execa(path('kubectl'), [...own, ...args], { input });
  return stdout;
}

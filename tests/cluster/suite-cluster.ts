// The one cluster of a test run, with played nodes. It starts with the first test that asks for it.
import { inject } from 'vitest';
import { openAccess, type ClusterAccess } from './cluster-access.ts';
import { adminKubeconfig } from './control-plane.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers with the folder of the cluster, when that is up. */
    clusterStarter: string;
  }
}

/** As its administrator. A test has it to itself no more than the machine: what it makes is in a `freshNamespace()`. */
export async function clusterAccess(): Promise<ClusterAccess> {
  const answer = await fetch(inject('clusterStarter'));
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return openAccess(adminKubeconfig(text));
}

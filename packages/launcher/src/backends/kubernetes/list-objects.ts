// Lists of the cluster, page by page: complete, or rejected.
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { RunnelError } from '@runnel/shared';
import type { ClusterApi } from './cluster-api.ts';

export type ObjectList<T> = { readonly items: T[]; readonly resourceVersion: string };

type Page = { readonly limit: number; readonly _continue?: string };
type PageAnswer<T> = {
  readonly items: T[];
  readonly metadata?: { readonly _continue?: string; readonly resourceVersion?: string };
};

const PAGE = 500;
/** A token for the next page expires after some minutes; whoever is slower than that begins again. */
const ATTEMPTS = 3;

export function listJobs(api: ClusterApi, labelSelector: string): Promise<ObjectList<V1Job>> {
  const { namespace } = api;
  return listAll(api, (page) => api.batch.listNamespacedJob({ namespace, labelSelector, ...page }));
}

export function listPods(api: ClusterApi, labelSelector: string): Promise<ObjectList<V1Pod>> {
  const { namespace } = api;
  return listAll(api, (page) => api.core.listNamespacedPod({ namespace, labelSelector, ...page }));
}

async function listAll<T>(api: ClusterApi, list: (page: Page) => Promise<PageAnswer<T>>): Promise<ObjectList<T>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await listOnce(api, list);
    if (found !== undefined) return found;
  }
  throw new RunnelError('cluster_unreachable', 'A list of the cluster expires before its last page.');
}

/** Undefined when its pages expired. */
async function listOnce<T>(
  api: ClusterApi,
  list: (page: Page) => Promise<PageAnswer<T>>,
): Promise<ObjectList<T> | undefined> {
  const items: T[] = [];
  let next: string | undefined;
  let resourceVersion: string | undefined;
  do {
    const page = { limit: PAGE, ...(next === undefined ? {} : { _continue: next }) };
    const answer = await api.ask(() => list(page));
    if (answer.kind === 'expired') return undefined;
    if (answer.kind !== 'ok') throw new RunnelError('cluster_unreachable', answer.message);
    items.push(...answer.value.items);
    // Of the first page: what changed since then is watched.
    const { resourceVersion: version = '', _continue: following } = answer.value.metadata ?? {};
    resourceVersion ??= version;
    next = following;
  } while (next !== undefined && next !== '');
  return { items, resourceVersion };
}

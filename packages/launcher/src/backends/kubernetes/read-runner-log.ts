// The last lines of a container, read once: following a log through this client cannot be broken off.
import type { V1Pod } from '@kubernetes/client-node';
import { unlessGone, type ClusterApi } from './cluster-api.ts';
import { listPods } from './list-objects.ts';
import { podsOfName, RUNNER_CONTAINER } from './runner-labels.ts';

/** Of the newest pod of the name, oldest first; empty where there is none, or none that runs yet. */
export async function readRunnerLog(api: ClusterApi, name: string, lines: number): Promise<string[]> {
  const { items } = await listPods(api, podsOfName(name));
  const pod = items.toSorted(byAge).at(-1);
  return pod === undefined ? [] : readContainerLog(api, { pod, container: RUNNER_CONTAINER, lines });
}

const LOG_WITHIN_MS = 2_000;

type WantedLog = { readonly pod: V1Pod; readonly container: string; readonly lines: number };

/** Empty for a container that has not started. Asked once and not for long: nothing is decided by it. */
export async function readContainerLog(api: ClusterApi, { pod, container, lines }: WantedLog): Promise<string[]> {
  const { namespace } = api;
  const name = pod.metadata?.name ?? '';
  const read = (): Promise<string> => api.core.readNamespacedPodLog({ namespace, name, container, tailLines: lines });
  // The API server asks the machine, and waits long for one that nobody hears.
  const answer = await withinTime(api.ask(read, 1));
  // A container that has not started has no log yet; the API calls that a bad request.
  if (answer.kind === 'told' && answer.code === 'configuration') return [];
  const text = unlessGone(answer)?.replace(/\n$/, '') ?? '';
  return text === '' ? [] : text.split('\n');
}

async function withinTime<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const giveUp = (): void => late.reject(new Error(`no answer within ${LOG_WITHIN_MS} ms`));
  const timer = setTimeout(giveUp, LOG_WITHIN_MS);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

export function byAge(one: V1Pod, other: V1Pod): number {
  return Number(one.metadata?.creationTimestamp) - Number(other.metadata?.creationTimestamp);
}

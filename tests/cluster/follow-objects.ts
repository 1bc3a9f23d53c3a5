// The API server's own watch of a kind of objects, taken up again whenever it breaks: what a test counts by.
import { setTimeout as sleep } from 'node:timers/promises';
import { makeInformer, type KubernetesObject, type ListPromise } from '@kubernetes/client-node';
import type { ClusterAccess } from './cluster-access.ts';

export type Followed<T extends KubernetesObject> = {
  readonly access: ClusterAccess;
  /** For example `/api/v1/namespaces/default/pods`. */
  readonly path: string;
  readonly list: ListPromise<T>;
  /** Told of each object that is there, each change, and each end. */
  readonly see: (object: T, isGone: boolean) => void;
};

const AGAIN_MS = 200;

/** Resolves when what is there has been told. */
export async function followObjects<T extends KubernetesObject>(followed: Followed<T>): Promise<AsyncDisposable> {
  const { access, path, list, see } = followed;
  const informer = makeInformer(access.config, path, list);
  let isOver = false;
  const startAgain = async (): Promise<void> => {
    while (!isOver) {
      await sleep(AGAIN_MS);
      try {
        return await informer.start();
      } catch {
        // The API server is away.
      }
    }
  };
  informer.on('add', (object) => see(object, false));
  informer.on('update', (object) => see(object, false));
  informer.on('delete', (object) => see(object, true));
  informer.on('error', () => void (isOver || startAgain()));
  await informer.start();
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await informer.stop();
    },
  };
}

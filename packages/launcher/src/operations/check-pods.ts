// Stage: whether the pods can be listed, for `/readyz`: without that nothing is launched and nothing is judged.
import type { PodBackend } from '../pod-backend.ts';

/** A list is dear where there are many, and probes come every few seconds: a good answer counts for a while, a bad one never. */
const REMEMBERED_MS = 60_000;

/** Rejects when they cannot be. However many ask, one list is under way: one that hangs is not given company. */
export function podsCheck(backend: Pick<PodBackend, 'list'>): () => Promise<undefined> {
  let goodUntil = -Infinity;
  let asking: Promise<void> | undefined;
  const ask = async (): Promise<void> => {
    await backend.list();
    goodUntil = performance.now() + REMEMBERED_MS;
  };
  return async () => {
    if (performance.now() < goodUntil) return;
    asking ??= ask().finally(() => (asking = undefined));
    await asking;
  };
}

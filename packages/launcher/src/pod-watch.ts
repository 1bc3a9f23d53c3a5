// For how long a pod has been seen in one condition, on this process's monotonic clock.
import type { Pod } from './pod-backend.ts';

export class PodWatch {
  #seen: { readonly uid: string; readonly since: number } | undefined;

  /** In milliseconds, from the first look that found this very pod so; undefined: no pod is so now, which forgets. */
  lasts(pod: Pod | undefined): number {
    if (pod === undefined) this.#seen = undefined;
    else if (this.#seen?.uid !== pod.uid) this.#seen = { uid: pod.uid, since: performance.now() };
    return this.#seen === undefined ? 0 : performance.now() - this.#seen.since;
  }

  forget(): void {
    this.#seen = undefined;
  }
}

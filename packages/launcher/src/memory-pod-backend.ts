// Pods in memory, for unit tests: nothing runs, the test says when one ends.
import { RunnelError } from '@runnel/shared';
import type { EndedPod, Pod, PodBackend, PodEnd, PodWaiting } from './pod-backend.ts';
import type { PodDiagnostics } from './pod-diagnostics.ts';

/** A pod's end without who it was: as a test says it. */
export type PlayedEnd =
  | { readonly reason: 'exited'; readonly exitCode: number }
  | { readonly reason: Exclude<PodEnd['reason'], 'exited'> };

export class MemoryPodBackend implements PodBackend {
  readonly #pods = new Map<string, Pod>();
  readonly #ended: EndedPod[] = [];
  readonly #watchers = new Set<(pod: EndedPod) => void>();
  #made = 0;
  /** Set by a test: the next calls fail with it. */
  refusal: Error | undefined;

  async create(spec: Parameters<PodBackend['create']>[0]): ReturnType<PodBackend['create']> {
    if (this.refusal !== undefined) throw RunnelError.from(this.refusal, 'pod_start_failed');
    const pod = this.#pods.get(spec.name);
    if (pod !== undefined) return { kind: 'conflict', pod };
    const created = { ...spec, uid: `uid-${(this.#made += 1)}` };
    this.#pods.set(spec.name, created);
    return { kind: 'created', pod: created };
  }

  async look(name: string): Promise<Pod | undefined> {
    return this.#pods.get(name);
  }

  async list(): Promise<Pod[]> {
    if (this.refusal !== undefined) throw this.refusal;
    return [...this.#pods.values()];
  }

  async watch(onEnd: (pod: EndedPod) => void, signal: AbortSignal): Promise<void> {
    this.#watchers.add(onEnd);
    for (const pod of this.#ended) onEnd(pod);
    if (!signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
    this.#watchers.delete(onEnd);
  }

  async stop(pod: Pod): Promise<void> {
    this.finish(pod, { reason: 'exited', exitCode: 0 });
  }

  async remove(pod: Pod): Promise<void> {
    if (this.#pods.get(pod.name)?.uid !== pod.uid) return;
    this.finish(pod, { reason: 'killed' });
    this.#pods.delete(pod.name);
  }

  async logs(): Promise<string[]> {
    return [];
  }

  async diagnose(name: string): Promise<PodDiagnostics | undefined> {
    const pod = this.#pods.get(name) ?? this.#ended.findLast((ended) => ended.name === name);
    if (pod === undefined) return undefined;
    const runner = { name: 'runner', restarts: 0, ready: pod.end === undefined, logLines: [] };
    if (pod.end === undefined) {
      return {
        ...pod,
        phase: 'running',
        conditions: [],
        containers: [{ ...runner, state: { kind: 'running' } }],
        events: [],
      };
    }
    const { owner: _owner, ...how } = pod.end;
    const phase = how.reason === 'exited' && how.exitCode === 0 ? 'succeeded' : 'failed';
    return { ...pod, phase, conditions: [], containers: [{ ...runner, state: { kind: 'ended', ...how } }], events: [] };
  }

  /** How many pods were ever made. */
  get made(): number {
    return this.#made;
  }

  /** The pod ends so; one that has ended already keeps its end. */
  finish(pod: Pod, how: PlayedEnd): void {
    const found = this.#pods.get(pod.name);
    if (found?.uid !== pod.uid || found.end !== undefined) return;
    const end: PodEnd = { owner: pod.uid, ...how };
    const ended = { ...found, end };
    this.#pods.set(pod.name, ended);
    this.#ended.push(ended);
    for (const watcher of this.#watchers) watcher(ended);
  }

  /** What the pod waits for from now on; undefined: nothing that anybody could tell. */
  show(pod: Pod, waiting?: PodWaiting): void {
    const { waiting: _before, ...found } = this.#pods.get(pod.name) ?? pod;
    if (found.uid === pod.uid) this.#pods.set(pod.name, waiting === undefined ? found : { ...found, waiting });
  }

  /** The pod is gone and nobody saw it end: a node that nobody hears. */
  vanish(pod: Pod): void {
    this.#pods.delete(pod.name);
  }
}

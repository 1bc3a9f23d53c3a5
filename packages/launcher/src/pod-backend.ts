// PORT: where runners run. One pod per person under one fixed name; its generation is the launch it was made for.
import type { Launch } from '@runnel/shared';
import type { PodDiagnostics } from './pod-diagnostics.ts';

/** What a pod is made from. `name` is `runnerName(user)`: one per person, the last guard against two. */
export type PodSpec = Launch & { readonly name: string };

/** Why a pod is no more. Every process of it is gone by the time this is known. */
export type PodEnd = {
  /**
   * How the pod that ended is known in the lease: the owner that its runner acquired it with. Empty where nobody knows it any more,
   * or whether everything of it is gone: that ends a launch, and leaves a lease that is held to expire.
   */
  readonly owner: string;
} & (
  | { readonly reason: 'exited'; readonly exitCode: number }
  /**
   * `memory`, `storage`: it went over its ceiling. `killed`: everything of it was, or nothing is known but that it is gone.
   * `evicted`, `preempted`: its machine was needed or went away, which says nothing about the runner. `deadline`: it lived
   * longer than any runner may. The troubles: it never started.
   */
  | { readonly reason: 'memory' | 'storage' | 'killed' | 'evicted' | 'preempted' | 'deadline' | StartTrouble }
);

/** Why a runner cannot start, where waiting alone does not help. */
export type StartTrouble = 'image' | 'quota' | 'refused' | 'configuration';

/** What a pod that has not ended waits for, where its backend can tell. */
export type PodWaiting = {
  /** `created`: for a machine. `scheduled`: for its machine to take it up. `image`: for its image. `starting`: for its process. */
  readonly stage: 'created' | 'scheduled' | 'image' | 'starting';
  /** `message` is the cluster's own sentence, for operators. */
  readonly trouble?: { readonly code: StartTrouble | 'unschedulable'; readonly message: string };
  /** A machine is being started for it. */
  readonly isMachineComing?: true;
};

/** Active as long as it has no `end`. `uid` tells it from every other pod that ever had the name. */
export type Pod = PodSpec & { readonly uid: string; readonly end?: PodEnd; readonly waiting?: PodWaiting };
export type EndedPod = Pod & { readonly end: PodEnd };

export type CreateAnswer =
  | { readonly kind: 'created'; readonly pod: Pod }
  /** The name is taken, by this generation or by another one: look, then decide. */
  | { readonly kind: 'conflict'; readonly pod: Pod };

export type PodBackend = {
  /**
   * Starts a pod unless the name is taken; any number of launchers at once make one. Throws `pod_start_failed` or a start trouble
   * where trying again at once is of no use, `cluster_unreachable` where nothing is known.
   */
  create(spec: PodSpec): Promise<CreateAnswer>;
  /** Who has the name now, ended or not; undefined when it is free. */
  look(name: string): Promise<Pod | undefined>;
  /** Every pod that has its name, straight from the source. Rejects when the list is not complete, never lists less. */
  list(): Promise<Pod[]>;
  /** Tells every end at least once to every watcher, those from before it began included, until the signal aborts. */
  watch(onEnd: (pod: EndedPod) => void, signal: AbortSignal): Promise<void>;
  /** Asks this very pod to drain; what is left of it after `graceMs` is killed. Resolves when it has ended. */
  stop(pod: Pod, graceMs: number): Promise<void>;
  /** Kills this very pod at once and frees its name. A pod that is gone, or whose name another one has, is fine. */
  remove(pod: Pod): Promise<void>;
  /** The last lines that the newest pod of the name wrote, oldest first. */
  logs(name: string, lines: number): Promise<string[]>;
  /** All that is known about the newest pod of the name, undefined when nothing is kept of any. Secrets are still in it. Only looks. */
  diagnose(name: string): Promise<PodDiagnostics | undefined>;
};

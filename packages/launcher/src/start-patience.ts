// How long a launch waits for its pod to start, and why it gives up. What a machine takes to come is nobody's failure.
import type { StartFailure } from './decide-launch-step.ts';
import type { Pod, PodWaiting, StartTrouble } from './pod-backend.ts';
import { PodWatch } from './pod-watch.ts';

/** In milliseconds. */
export type StartPatience = {
  /** For the lease, from when the pod has its machine. */
  readonly startMs: number;
  /** What keeps a pod from starting may pass by itself within this; after it somebody is told. */
  readonly troubleMs: number;
  /** For a machine. */
  readonly machineMs: number;
};

/** What is seen about the pod of a launch, look by look. */
export class StartWatch {
  readonly #patience: StartPatience;
  readonly #starting = new PodWatch();
  readonly #troubled = new PodWatch();
  readonly #machineless = new PodWatch();

  constructor(patience: StartPatience) {
    this.#patience = patience;
  }

  /** `pod` is the launch's own and has not ended; undefined: there is none. */
  look(pod: Pod | undefined): { failure: StartFailure | undefined; lacksMachine: boolean } {
    const { startMs, troubleMs, machineMs } = this.#patience;
    const waiting = pod?.waiting;
    const trouble = startTrouble(waiting);
    const isMachineless = trouble === undefined && waiting?.stage === 'created';
    const starting = this.#starting.lasts(isMachineless ? undefined : pod) >= startMs;
    const troubled = this.#troubled.lasts(trouble && pod) >= troubleMs;
    const machineless = this.#machineless.lasts(isMachineless ? pod : undefined);
    const failures: [isSo: boolean, failure: StartFailure | undefined][] = [
      [troubled, trouble],
      [machineless >= machineMs, 'unschedulable'],
      [starting, 'start_timeout'],
    ];
    return {
      failure: failures.find(([isSo]) => isSo)?.[1],
      // Where nothing is said, whoever makes pods may be slow: that is no machine's fault.
      lacksMachine: machineless >= troubleMs && waiting?.trouble?.code === 'unschedulable',
    };
  }

  /** Nothing was seen for a while: nothing counts. */
  forget(): void {
    for (const watch of [this.#starting, this.#troubled, this.#machineless]) watch.forget();
  }
}

function startTrouble(waiting: PodWaiting | undefined): StartTrouble | undefined {
  const code = waiting?.trouble?.code;
  return code === 'unschedulable' ? undefined : code;
}

// The launcher's HTTP side: probes for Kubernetes, diagnostics for operators.
import type { LaunchWorker } from '@runnel/shared';
import { checkReadiness, startOperationsServer, type OperationsServer } from '@runnel/shared/operations';
import type { LoopWatch } from '../loop-watch.ts';
import { podsCheck } from './check-pods.ts';
import { runnerRoutes, type RunnerRoutesParts } from './runner-routes.ts';

export type ServedOperations = RunnerRoutesParts & {
  readonly host: string;
  readonly port: number;
  /** What is wrong with Redis; rejects when it does not answer. */
  readonly redisFault: () => Promise<string | undefined>;
  readonly loops: LoopWatch;
  /** Undefined until launches are taken. */
  readonly worker: () => LaunchWorker | undefined;
  readonly signal: AbortSignal;
};

/** Resolves when it listens. */
export function serveOperations(served: ServedOperations): Promise<OperationsServer> {
  const { host, port, redisFault, loops, worker, signal } = served;
  const pods = podsCheck(served.backend);
  return startOperationsServer({
    host,
    port,
    routes: runnerRoutes(served),
    isAlive: () => loops.stuck().length === 0,
    readiness: () =>
      checkReadiness({
        redis: redisFault,
        pods,
        queue: () => (worker()?.isRunning() === true ? undefined : 'takes no launches'),
        process: () => (signal.aborted ? 'draining' : undefined),
      }),
  });
}

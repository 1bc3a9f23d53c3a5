// The Kubernetes API as the backend calls it: one set of connections, every call with its time-out, its repetition and its verdict.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchV1Api,
  CoreV1Api,
  createConfiguration,
  KubeConfig,
  ServerConfiguration,
  type RequestContext,
} from '@kubernetes/client-node';
import { retryable, RunnelError } from '@runnel/shared';
import { decideApiOutcome, type ApiOutcome } from './decide-api-outcome.ts';
import { readApiFault } from './read-api-fault.ts';

/** What a call came to; `message` is the server's sentence. */
type ApiAnswer<T> = { readonly kind: 'ok'; readonly value: T } | ApiRefusal;
type ApiRefusal = Exclude<ApiOutcome, { kind: 'again' }> & { readonly message: string };

const CALL_TIMEOUT_MS = 15_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;

export class ClusterApi {
  readonly config: KubeConfig;
  readonly namespace: string;
  readonly batch: BatchV1Api;
  readonly core: CoreV1Api;
  /** The server asked everybody to wait until then, on the monotonic clock. */
  #notBefore = 0;

  /** `kubeconfig` is a file; empty: the credentials of the pod that this process is in. */
  constructor({ kubeconfig, namespace }: { kubeconfig: string; namespace: string }) {
    this.config = readKubeconfig(kubeconfig);
    this.namespace = namespace;
    const server = this.config.getCurrentCluster()?.server ?? '';
    const calling = createConfiguration({
      baseServer: new ServerConfiguration(server, {}),
      authMethods: { default: this.config },
      promiseMiddleware: [{ pre: boundCalls(), post: async (answer) => answer }],
    });
    this.batch = new BatchV1Api(calling);
    this.core = new CoreV1Api(calling);
  }

  /**
   * Repeats what may go through later, and answers with what the caller must judge. Throws `cluster_unreachable` when its patience
   * is at an end: then nothing is known, not even whether a write went through.
   */
  async ask<T>(call: () => Promise<T>, attempts = ATTEMPTS): Promise<ApiAnswer<T>> {
    for (let attempt = 1; ; attempt += 1) {
      await sleep(jittered(Math.max(0, this.#notBefore - performance.now())));
      try {
        return { kind: 'ok', value: await call() };
      } catch (error) {
        const fault = readApiFault(error);
        const outcome = decideApiOutcome(fault);
        if (outcome.kind !== 'again') return { ...outcome, message: fault.message };
        if (outcome.afterMs !== undefined) this.#notBefore = performance.now() + outcome.afterMs;
        if (attempt >= attempts) {
          const retry = retryable(outcome.afterMs);
          throw new RunnelError('cluster_unreachable', fault.message, { retry, cause: error });
        }
        if (outcome.afterMs === undefined) await sleep(jittered(FIRST_PAUSE_MS * 2 ** (attempt - 1)));
      }
    }
  }
}

function readKubeconfig(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    if (file === '') config.loadFromCluster();
    else config.loadFromFile(file);
  } catch (error) {
    throw RunnelError.from(error, 'config_invalid');
  }
  if (URL.canParse(config.getCurrentCluster()?.server ?? '')) return config;
  const fault = file === '' ? 'KUBECONFIG is not set, and this process is in no pod' : `${file} names no cluster`;
  throw new RunnelError('config_invalid', `${fault}: there is no Kubernetes API to go to.`);
}

/** The value, or undefined where the object is gone. What else is in the way of a call that any launcher may make is an outage. */
export function unlessGone<T>(answer: ApiAnswer<T>): T | undefined {
  if (answer.kind === 'ok') return answer.value;
  if (answer.kind === 'gone' || answer.kind === 'replaced') return undefined;
  throw new RunnelError('cluster_unreachable', answer.message);
}

/** Never shorter than asked, so that not all come back at the same moment. */
export function jittered(ms: number): number {
  return ms * (1 + Math.random() / 2);
}

/** The client would open a connection for each call, and wait for ever. */
function boundCalls(): (context: RequestContext) => Promise<RequestContext> {
  let dispatcher: ReturnType<RequestContext['getDispatcher']>;
  return async (context) => {
    dispatcher ??= context.getDispatcher();
    if (dispatcher !== undefined) context.setDispatcher(dispatcher);
    context.setSignal(AbortSignal.timeout(CALL_TIMEOUT_MS));
    return context;
  };
}

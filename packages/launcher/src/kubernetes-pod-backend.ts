// Runners as Kubernetes Jobs: one Job for each, under the person's fixed name, of which etcd keeps only one.
import { RunnelError } from '@runnel/shared';
import { ClusterApi } from './backends/kubernetes/cluster-api.ts';
import { decidePodEnd } from './backends/kubernetes/decide-pod-end.ts';
import { diagnoseRunner } from './backends/kubernetes/diagnose-runner.ts';
import { removeRunner, stopRunner } from './backends/kubernetes/end-runner.ts';
import { jobOfSpec, type JobSettings } from './backends/kubernetes/job-of-spec.ts';
import { listJobs, listPods } from './backends/kubernetes/list-objects.ts';
import { lookAtRunner } from './backends/kubernetes/look-at-runner.ts';
import { readRunnerLog } from './backends/kubernetes/read-runner-log.ts';
import { identityOf, runnerSelector } from './backends/kubernetes/runner-labels.ts';
import { watchRunnerEnds } from './backends/kubernetes/watch-runner-ends.ts';
import type { CreateAnswer, Pod, PodBackend, PodSpec } from './pod-backend.ts';

export { jobOfSpec, type JobSettings } from './backends/kubernetes/job-of-spec.ts';
export { readProfile } from './backends/kubernetes/read-profiles.ts';
export { memoryOf } from './backends/kubernetes/runner-profile.ts';

export type KubernetesPodOptions = JobSettings & {
  /** A file; empty: the credentials of the pod that this process is in. */
  readonly kubeconfig: string;
  /** A watch without a word for so long is taken to be dead, in milliseconds. */
  readonly silenceMs?: number;
  readonly onError: (error: unknown) => void;
};

const SILENCE_MS = 60_000;
/** A name may be freed between the refusal and the look; only something that is no runner is in the way more often. */
const CREATE_ATTEMPTS = 10;

export function kubernetesPodBackend(options: KubernetesPodOptions): PodBackend {
  const api = new ClusterApi(options);
  const { onError, silenceMs = SILENCE_MS } = options;
  return {
    create: (spec) => createRunner(api, spec, options),
    look: (name) => lookAtRunner(api, name),
    list: () => listRunners(api),
    watch: (onEnd, signal) => watchRunnerEnds({ api, onEnd, onError, silenceMs }, signal),
    stop: (pod, graceMs) => stopRunner(api, pod, graceMs),
    remove: (pod) => removeRunner(api, pod),
    logs: (name, lines) => readRunnerLog(api, name, lines),
    diagnose: (name) => diagnoseRunner(api, name),
  };
}

async function createRunner(api: ClusterApi, spec: PodSpec, settings: JobSettings): Promise<CreateAnswer> {
  const { namespace } = api;
  const body = jobOfSpec(spec, settings);
  for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt += 1) {
    const answer = await api.ask(() =>
      api.batch.createNamespacedJob({ namespace, body, fieldValidation: 'Strict', fieldManager: 'runnel-launcher' }),
    );
    if (answer.kind === 'ok') return { kind: 'created', pod: { ...spec, uid: answer.value.metadata?.uid ?? '' } };
    if (answer.kind === 'told') throw new RunnelError(answer.code, answer.message);
    // What is not there is the namespace.
    if (answer.kind === 'gone') throw new RunnelError('configuration', answer.message);
    // Somebody was first, perhaps this very call, whose answer was lost.
    const pod = await lookAtRunner(api, spec.name);
    if (pod !== undefined) return { kind: 'conflict', pod };
  }
  throw new RunnelError('pod_start_failed', `The name ${spec.name} is neither free nor taken.`);
}

async function listRunners(api: ClusterApi): Promise<Pod[]> {
  const { items: jobs } = await listJobs(api, runnerSelector);
  const { items: pods } = await listPods(api, runnerSelector);
  const podsOf = Map.groupBy(pods, (pod) => identityOf(pod)?.uid);
  return jobs.flatMap((job) => {
    const identity = identityOf(job);
    if (identity === undefined) return [];
    const end = decidePodEnd(job, podsOf.get(identity.uid) ?? []);
    return [{ ...identity, ...(end === undefined ? {} : { end }) }];
  });
}

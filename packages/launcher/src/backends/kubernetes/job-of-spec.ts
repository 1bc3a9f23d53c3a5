// The Job of a runner, all of it: one pod, never restarted in place, never retried by Kubernetes. Retries belong to the lease.
import type { V1Job, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { PodSpec } from '../../pod-backend.ts';
import { runnerContainer, runnerVolumes, sidecarContainer } from './runner-container.ts';
import { RUNNER_CONTAINER, runnerAnnotations, runnerLabels } from './runner-labels.ts';
import type { RunnerProfile } from './runner-profile.ts';

/** The same for every runner of a launcher. Durations in milliseconds. */
export type JobSettings = {
  readonly namespace: string;
  readonly image: string;
  readonly serviceAccount: string;
  /** Plain settings of a runner. */
  readonly configMap: string;
  readonly secret: string;
  /** What it holds of a runner's settings, by their names. */
  readonly secretKeys: readonly string[];
  /** A volume that all runners may mount at once: the session store, unless that is a bucket. */
  readonly stateClaim: string;
  /** Empty where there is none. */
  readonly stateBucket: string;
  readonly profileName: string;
  readonly profile: RunnerProfile;
  readonly memoryBytes: number;
  readonly maxLifetimeMs: number;
  /** How long a runner may wait for a machine. */
  readonly machineMs: number;
  readonly startMs: number;
  readonly graceMs: number;
};

/** For diagnostics; a new launch deletes it sooner. */
const KEPT_SECONDS = 600;
/** `EX_TEMPFAIL`: a second pod of the Job found the lease taken. Any other code would end the Job and its live pod. */
const BUSY = 75;
/** The user and group of the image. */
const UID = 10_001;

export function jobOfSpec(spec: PodSpec, settings: JobSettings): V1Job {
  const labels = runnerLabels(spec.name, versionOf(settings.image));
  const annotations = runnerAnnotations(spec, settings.profileName);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: spec.name, namespace: settings.namespace, labels, annotations },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          {
            action: 'Ignore',
            onExitCodes: { containerName: RUNNER_CONTAINER, operator: 'In', values: [BUSY] },
          },
        ],
      },
      ttlSecondsAfterFinished: KEPT_SECONDS,
      activeDeadlineSeconds: deadlineSeconds(settings),
      template: template(spec, settings, labels),
    },
  };
}

/** A backstop: it counts from when the Job began, so before it strikes a runner must have had all its time. */
function deadlineSeconds({ maxLifetimeMs, machineMs, startMs, graceMs }: JobSettings): number {
  return seconds(maxLifetimeMs + machineMs + startMs + 2 * graceMs);
}

function template(spec: PodSpec, settings: JobSettings, labels: Record<string, string>): V1PodTemplateSpec {
  const { profile, profileName } = settings;
  return {
    metadata: {
      labels,
      annotations: {
        ...runnerAnnotations(spec, profileName),
        'cluster-autoscaler.kubernetes.io/safe-to-evict': String(profile.safeToEvict),
      },
    },
    spec: podSpec(spec, settings),
  };
}

function podSpec(spec: PodSpec, settings: JobSettings): V1PodSpec {
  const { profile, serviceAccount, graceMs } = settings;
  const { runtimeClassName, priorityClassName, nodeSelector, tolerations } = profile;
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: seconds(graceMs),
    serviceAccountName: serviceAccount,
    // What the agent does not find it cannot use.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: UID,
      runAsGroup: UID,
      fsGroup: UID,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    nodeSelector,
    tolerations,
    ...(runtimeClassName === undefined ? {} : { runtimeClassName }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    initContainers: profile.sidecars.map(sidecarContainer),
    containers: [runnerContainer(spec, settings)],
    volumes: runnerVolumes(settings),
  };
}

/** What the image calls itself, as far as a label can say it. */
function versionOf(image: string): string {
  const [, digest] = /@sha256:([0-9a-f]{12})/.exec(image) ?? [];
  const [, tag] = /:([A-Za-z0-9][-A-Za-z0-9_.]{0,62})$/.exec(image) ?? [];
  return digest ?? tag?.replace(/[-_.]+$/, '') ?? 'latest';
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

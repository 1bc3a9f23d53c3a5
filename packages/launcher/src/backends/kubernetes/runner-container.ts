// The containers of a runner's pod and what they mount. Never text of Slack (`$(VAR)` is expanded), never a secret's value.
import type { V1Container, V1EnvVar, V1SecurityContext, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { PodSpec } from '../../pod-backend.ts';
import type { JobSettings } from './job-of-spec.ts';
import { RUNNER_CONTAINER } from './runner-labels.ts';
import { memoryOf, type RunnerProfile } from './runner-profile.ts';

/** The same in every runner: agents remember absolute paths. */
const HOME = '/home/runner';
const STATE = '/var/lib/runnel/state';
const PROBE_PORT = 8081;
const PROBE = { httpGet: { path: '/healthz', port: PROBE_PORT }, timeoutSeconds: 5 };
const STARTUP_PERIOD_SECONDS = 2;

/** What the runner writes, with its share of the ephemeral storage. */
const SCRATCH = [
  { name: 'workspace', path: '/workspace', limit: '4Gi' },
  { name: 'home', path: HOME, limit: '2Gi' },
  { name: 'tmp', path: '/tmp', limit: '1Gi' },
];

const RESTRICTED: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

export function runnerContainer(spec: PodSpec, settings: JobSettings): V1Container {
  const { image, configMap, profile, memoryBytes, startMs } = settings;
  const { cpu, cpuLimit, ephemeralStorage } = profile.resources;
  const memory = String(memoryOf(profile) ?? memoryBytes);
  return {
    name: RUNNER_CONTAINER,
    image,
    workingDir: HOME,
    env: environment(spec, settings),
    envFrom: [{ configMapRef: { name: configMap } }],
    ports: [{ name: 'probe', containerPort: PROBE_PORT }],
    resources: {
      requests: { cpu, memory, 'ephemeral-storage': ephemeralStorage },
      limits: { cpu: cpuLimit, memory, 'ephemeral-storage': ephemeralStorage },
    },
    securityContext: RESTRICTED,
    // It answers once it has its lease. Whether that takes too long is for the launcher to say, which is quicker.
    startupProbe: {
      ...PROBE,
      periodSeconds: STARTUP_PERIOD_SECONDS,
      failureThreshold: Math.ceil(startMs / 1_000 / STARTUP_PERIOD_SECONDS) + 15,
    },
    livenessProbe: { ...PROBE, periodSeconds: 10, failureThreshold: 6 },
    volumeMounts: [...scratchMounts(), ...(isOnVolume(settings) ? [{ name: 'state', mountPath: STATE }] : [])],
  };
}

/** Native: started before the runner, ended after it, and no reason for the pod to live on. */
export function sidecarContainer(sidecar: RunnerProfile['sidecars'][number]): V1Container {
  const { name, image, command, args, environment: plain, cpu, memory } = sidecar;
  return {
    name,
    image,
    restartPolicy: 'Always',
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    env: Object.entries(plain).map(([key, value]) => ({ name: key, value })),
    resources: { requests: { cpu, memory }, limits: { memory } },
    securityContext: RESTRICTED,
    volumeMounts: scratchMounts(),
  };
}

export function runnerVolumes(settings: JobSettings): V1Volume[] {
  const state = { name: 'state', persistentVolumeClaim: { claimName: settings.stateClaim } };
  return [
    ...SCRATCH.map(({ name, limit }) => ({ name, emptyDir: { sizeLimit: limit } })),
    ...(isOnVolume(settings) ? [state] : []),
  ];
}

/** Everybody's state is mounted only where it lies on a volume. */
function isOnVolume({ stateBucket }: JobSettings): boolean {
  return stateBucket === '';
}

function scratchMounts(): V1VolumeMount[] {
  return SCRATCH.map(({ name, path }) => ({ name, mountPath: path }));
}

function environment({ user, generation }: PodSpec, settings: JobSettings): V1EnvVar[] {
  const { profile } = settings;
  return [
    { name: 'RUNNER_USER_KEY', value: user },
    { name: 'RUNNER_GENERATION', value: generation },
    { name: 'RUNNER_OWNER', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
    { name: 'RUNNER_POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'RUNNER_PROFILE', value: settings.profileName },
    { name: 'RUNNER_HOME', value: HOME },
    { name: 'HOME', value: HOME },
    ...(isOnVolume(settings) ? [{ name: 'STATE_DIR', value: STATE }] : []),
    { name: 'PROBE_PORT', value: String(PROBE_PORT) },
    ...(profile.agentPolicy === undefined ? [] : [{ name: 'AGENT_POLICY', value: profile.agentPolicy }]),
    // The Job's deadline is made from it, so both must mean the same.
    { name: 'RUNNER_MAX_LIFETIME', value: `${settings.maxLifetimeMs}ms` },
    ...settings.secretKeys.map((name) => ({
      name,
      valueFrom: { secretKeyRef: { name: settings.secret, key: name } },
    })),
  ];
}

import { runnerName, type UserKey } from '@runnel/shared';
import { expect, test } from 'vitest';
import { jobOfSpec, type JobSettings } from './job-of-spec.ts';
import { profileSchema } from './runner-profile.ts';

const user: UserKey = 'T0:U0ADA';
const spec = { user, generation: '1795270800000', name: runnerName(user) };
const settings: JobSettings = {
  namespace: 'runnel-runners',
  image: 'registry.example.com/runnel/runner:0.1.0',
  serviceAccount: 'runnel-runner',
  configMap: 'runnel-runner',
  secret: 'runnel-runner',
  secretKeys: ['REDIS_URL', 'SLACK_BOT_TOKEN'],
  stateClaim: 'runnel-state',
  stateBucket: '',
  profileName: 'interactive',
  profile: profileSchema.parse({}),
  memoryBytes: 2 * 1024 ** 3,
  maxLifetimeMs: 12 * 3_600_000,
  machineMs: 3_600_000,
  startMs: 120_000,
  graceMs: 25_000,
};

test('the whole Job of a runner', () => {
  expect(jobOfSpec(spec, settings)).toMatchSnapshot();
});

test('the whole Job of a runner with everything that a profile can give it', () => {
  const profile = profileSchema.parse({
    nodeSelector: { 'cloud.google.com/gke-spot': 'true' },
    tolerations: [{ key: 'cloud.google.com/gke-spot', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
    runtimeClassName: 'gvisor',
    priorityClassName: 'runnel-background',
    safeToEvict: true,
    agentPolicy: 'ask',
    resources: { cpu: '250m', cpuLimit: '4', memory: '4Gi', ephemeralStorage: '20Gi' },
    sidecars: [{ name: 'browser', image: 'browser:1', args: ['--headless'], environment: { PORT: '9222' } }],
  });
  expect(jobOfSpec(spec, { ...settings, profileName: 'background', profile })).toMatchSnapshot();
});

test('with the session store in a bucket nothing of a volume is in it', () => {
  const { spec: job } = jobOfSpec(spec, { ...settings, stateClaim: '', stateBucket: 'our-runnel-state' });
  const pod = job?.template.spec;
  expect(pod?.volumes?.map(({ name }) => name)).toEqual(['workspace', 'home', 'tmp']);
  expect(pod?.containers[0]?.volumeMounts?.map(({ name }) => name)).toEqual(['workspace', 'home', 'tmp']);
  expect(pod?.containers[0]?.env?.map(({ name }) => name)).not.toContain('STATE_DIR');
});

test.for([
  ['registry.example.com:5000/runner:0.1.0', '0.1.0'],
  ['registry.example.com:5000/runner', 'latest'],
  [`runner:0.1.0@sha256:${'ab'.repeat(32)}`, 'abababababab'],
  [`runner:${'v'.repeat(128)}`, 'latest'],
] as const)('of the image %s the version label is %s', ([image, version]) => {
  expect(jobOfSpec(spec, { ...settings, image }).metadata?.labels?.['app.kubernetes.io/version']).toBe(version);
});

test('the Job’s deadline comes after all that a runner may take', () => {
  const { spec: job } = jobOfSpec(spec, settings);
  const { maxLifetimeMs, machineMs, startMs, graceMs } = settings;
  expect((job?.activeDeadlineSeconds ?? 0) * 1_000).toBeGreaterThan(maxLifetimeMs + machineMs + startMs + graceMs);
});

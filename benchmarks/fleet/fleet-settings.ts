// The settings of a benchmark's fleet: the shipped defaults.
import { deliverySettings, renewalMs } from '@runnel/shared/process';

const leaseMs = 30_000;

export const protocol = deliverySettings({
  leaseMs,
  seenMs: 24 * 3600 * 1000,
  maxBacklog: 100,
  backoffMs: 5_000,
  redisReplicas: 0,
});

export const lease = { leaseMs, marginMs: 5_000, renewalMs: renewalMs(leaseMs) };

export const launchWorkers = { jobLockMs: 10_000, stalledCheckMs: 5_000 };

export const launcher = {
  memoryBytes: 2 * 1024 ** 3,
  circuitAfter: protocol.circuitAfter,
  graceMs: 25_000,
  startMs: 120_000,
  troubleMs: 20_000,
  machineMs: 3_600_000,
  sweepMs: 3_000,
  reconcileMs: 30_000,
  pollMs: { launching: 1_000, running: 5_000 },
};

export const serving = {
  leaseMs,
  callTimeoutMs: 15_000,
  checkpointMs: 60_000,
  seenMs: protocol.seenMs,
  turnConcurrency: 4,
  maxBacklog: protocol.maxBacklog,
  // Nobody falls asleep while it is measured.
  idleTimeoutMs: 12 * 3600 * 1000,
  maxLifetimeMs: 12 * 3600 * 1000,
  drainMs: 12_000,
  policy: 'full' as const,
  permissionTimeoutMs: 86_400_000,
  inboxTickMs: 5_000,
};

/** What every Job of a runner is made with. */
export const runnerJobs = {
  image: 'fake/run:1',
  serviceAccount: 'runnel-runner',
  configMap: 'runnel-runner',
  secret: 'runnel-runner',
  secretKeys: ['REDIS_URL', 'SLACK_BOT_TOKEN'],
  stateClaim: 'runnel-state',
  stateBucket: '',
  profileName: 'interactive',
  memoryBytes: launcher.memoryBytes,
  maxLifetimeMs: serving.maxLifetimeMs,
  machineMs: launcher.machineMs,
  startMs: launcher.startMs,
  graceMs: launcher.graceMs,
};

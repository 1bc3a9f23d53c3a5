// What a soak is made of: its size, its faults, and the durations of the fleet that it wears out.
import { deliverySettings, renewalMs } from '@runnel/shared/process';

/** Every fault that a soak knows, by the name that `--faults` takes. */
export const faultKinds = [
  // Whole processes.
  'kill-host',
  'stop-host',
  'kill-launcher',
  'stop-launcher',
  'kill-ingress',
  // One runner, at one of its steps.
  'crash-runner',
  'evict-runner',
  'drain-runner',
  'vanish-runner',
  'double-pod',
  'late-kill',
  'expire-lease',
  // What is on its way.
  'repeat-delivery',
  'drop-wake',
  'lose-answer',
  'kill-client',
  'flush-scripts',
  // Slack and the session store.
  'refuse-post',
  'lose-post',
  'lose-post-answer',
  'refuse-write',
  'lose-write-answer',
  'late-write',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export type SoakOptions = {
  readonly users: number;
  /** Prompts and control entries together. */
  readonly messages: number;
  readonly seed: number;
  readonly faults: ReadonlySet<FaultKind>;
};

const leaseMs = 4_000;

/** Milliseconds. They nest as in production; the call time-out and the margin leave room for a machine that is busy. */
export const durations = {
  leaseMs,
  marginMs: 800,
  renewalMs: renewalMs(leaseMs),
  callTimeoutMs: 1_000,
  /** Longer than the latest redelivery, short enough that manifests stay small. */
  seenMs: 20_000,
  idleTimeoutMs: 900,
  maxLifetimeMs: 15_000,
  drainMs: 1_500,
  inboxTickMs: 500,
  permissionTimeoutMs: 86_400_000,
  checkpointMs: 60_000,
  sweepMs: 200,
  reconcileMs: 1_500,
  graceMs: 250,
  /** Whoever was given a pod on a host that then stood still begins late. */
  startMs: 2 * leaseMs,
  troubleMs: 20_000,
  machineMs: 3_600_000,
  maxBacklog: 100,
  jobLockMs: 1_500,
  stalledCheckMs: 500,
  pollMs: { launching: 50, running: 400 },
  /** Slack waits this long for an acknowledgement, then delivers again. */
  slackPatienceMs: 1_500,
  /**
   * Whoever waits longer without a word is stranded. It takes in a host that stands still, a lease that runs out and a few
   * starts that fail in a row, on a machine that is busy with other things.
   */
  strandedMs: 8 * leaseMs,
} as const;

export const shape = {
  hosts: 3,
  launchers: 2,
  ingresses: 2,
  sessionsOfAPerson: 3,
  turnConcurrency: 2,
  /** Connections for commands that the runners of one host share. */
  commandConnections: 4,
} as const;

/** As `RedisDelivery` takes them. */
export const protocol = deliverySettings({
  leaseMs,
  seenMs: durations.seenMs,
  maxBacklog: durations.maxBacklog,
  backoffMs: 50,
  redisReplicas: 0,
});

/** Fewer places than people, so that some always wait in line. */
export function runnerCap(users: number): number {
  return Math.max(2, Math.ceil(users * 0.8));
}

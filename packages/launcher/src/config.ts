// The settings of a launcher, as one described table. Some are only checked here and passed on to the runners.
import {
  checkLease,
  checkRunner,
  connectionOptions,
  httpOptions,
  leaseOptions,
  option,
  runnerOptions,
  type Configuration,
  type OptionValues,
} from '@runnel/shared/process';
import { podOptions } from './pod-options.ts';

const loopOptions = {
  sweepMs: option.duration({
    env: 'SWEEP_INTERVAL',
    description: 'How often people with waiting messages and no runner are looked for.',
    example: '3s',
    fallback: '3s',
  }),
  reconcileMs: option.duration({
    env: 'RECONCILE_INTERVAL',
    description: 'How often all runners and all leases are compared.',
    example: '30s',
    fallback: '30s',
  }),
  jobLockMs: option.duration({
    env: 'JOB_LOCK',
    description: 'How long a launcher may be silent before its jobs are taken to be abandoned.',
    example: '10s',
    fallback: '10s',
  }),
  stalledCheckMs: option.duration({
    env: 'STALLED_CHECK',
    description: 'How often abandoned jobs are looked for.',
    example: '5s',
    fallback: '5s',
  }),
};

const operationsOptions = {
  ...httpOptions('/v1/runners'),
  operationsToken: option.text({
    env: 'OPERATIONS_TOKEN',
    description: 'Who has it reads who runs and all that is known of a runner. Without it that is closed.',
    example: 'a-long-random-text',
    fallback: '',
    secret: true,
  }),
};

/** In a cluster the session store is a volume claim, where it is no bucket. */
const stateDir = { ...runnerOptions.stateDir, needed: { where: 'POD_BACKEND', is: 'process' } };

const table = {
  ...connectionOptions,
  ...leaseOptions,
  ...podOptions,
  ...loopOptions,
  ...operationsOptions,
  ...runnerOptions,
  stateDir,
};

/** Settings that a runner gets too. Nothing else of a launcher's environment reaches it. */
export const passedOnOptions = { ...connectionOptions, ...leaseOptions, ...runnerOptions };

export type LauncherConfiguration = OptionValues<typeof table>;

export const launcherConfiguration: Configuration<typeof table> = {
  command: 'node packages/launcher/src/main.ts',
  purpose: 'Starts a runner for everybody whose messages wait, watches it, and sees to it that its end is noticed.',
  table,
  check: (values) => [...checkLease(values), ...checkRunner(values), ...checkNesting(values)],
};

/** A job that a launcher left behind is taken up again within this. */
const TAKEN_UP_WITHIN_MS = 20_000;

function checkNesting(values: LauncherConfiguration): string[] {
  const { drainMs, graceMs, jobLockMs, stalledCheckMs } = values;
  const takenUpMs = jobLockMs + 2 * stalledCheckMs;
  const rules: [isKept: boolean, complaint: string][] = [
    [
      drainMs < graceMs,
      `RUNNER_DRAIN (${drainMs}ms) must be shorter than POD_GRACE (${graceMs}ms), or runners are killed while they save. For example RUNNER_DRAIN=12s, POD_GRACE=25s`,
    ],
    [
      takenUpMs <= TAKEN_UP_WITHIN_MS,
      `JOB_LOCK + twice STALLED_CHECK (${takenUpMs}ms) must be at most 20s, or whoever waits behind a launcher that died waits too long. For example JOB_LOCK=10s, STALLED_CHECK=5s`,
    ],
  ];
  return rules.flatMap(([isKept, complaint]) => (isKept ? [] : [complaint]));
}

// The launch queue in an operator's words: people instead of jobs, in the order they will be served, with the stage of each runner.
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { JobStatus, Status } from '@bull-board/api/typings/app';
import type { Job, Queue } from 'bullmq';
import { z } from 'zod';

/** Read-only: a job is a view of a launch, and changing the view would not change what runs. */
export class BullmqLaunchView extends BullMQAdapter {
  readonly #launches: Queue;

  constructor(launches: Queue) {
    super(launches, {
      readOnlyMode: true,
      displayName: 'Runners',
      description: 'Waiting: people in their order. Active: live runners. Failed: and why.',
    });
    this.#launches = launches;
    this.setFormatter('name', (job: unknown) => describeJob(job, Date.now()));
    this.setFormatter('data', (data: unknown) => describeLaunch(data));
    this.setFormatter('progress', (progress: unknown) => describeStage(progress));
  }

  /** The states that a launch can be in. */
  override getStatuses(): Status[] {
    return ['latest', ...this.getJobStatuses()];
  }

  override getJobStatuses(): JobStatus[] {
    return ['active', 'waiting', 'completed', 'failed'];
  }

  /** Who waits is shown first to last, as they will be served; everything else latest first. */
  override async getJobs(statuses: JobStatus[], start?: number, end?: number): Promise<Job[]> {
    if (statuses.length !== 1 || statuses[0] !== 'waiting') return super.getJobs(statuses, start, end);
    return this.#launches.getJobs('waiting', start, end, true);
  }
}

const launchSchema = z.object({ user: z.string(), generation: z.string() });
const stageSchema = z.object({ stage: z.string(), since: z.number() });
const jobSchema = z.object({
  data: launchSchema,
  progress: z.unknown(),
  failedReason: z.string().optional(),
  finishedOn: z.number().optional(),
});

function describeJob(job: unknown, now: number): string {
  const parsed = jobSchema.safeParse(job);
  if (!parsed.success) return 'written by another version';
  const { data, progress, failedReason, finishedOn } = parsed.data;
  if (failedReason !== undefined && failedReason !== '') return `${data.user} · ${failedReason}`;
  const stage = stageSchema.safeParse(progress);
  if (!stage.success || finishedOn !== undefined) return data.user;
  const seconds = Math.max(0, Math.round((now - stage.data.since) / 1_000));
  return `${data.user} · ${stage.data.stage}, for ${describeSeconds(seconds)}`;
}

function describeSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

/** A generation is the time at which it began. */
function describeLaunch(data: unknown): unknown {
  const parsed = launchSchema.safeParse(data);
  if (!parsed.success) return data;
  const { user, generation } = parsed.data;
  return { person: user, generation, wanted: new Date(Number(generation)).toISOString() };
}

function describeStage(progress: unknown): unknown {
  const parsed = stageSchema.safeParse(progress);
  if (!parsed.success) return progress;
  return { stage: parsed.data.stage, since: new Date(parsed.data.since).toISOString() };
}

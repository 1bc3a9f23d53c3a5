// Holds a job for one run of its handler, and knows when it is lost. BullMQ's own renewal goes by the job alone: of two runs in
// one process it renews the later one, so that the earlier one would hold a place of the worker for as long as its launch lives.
import type { Job } from 'bullmq';

export type HeldJob = Disposable & {
  /** Aborted once the job is somebody else's, or anybody's: its lock ran out, as when Redis was away for longer. */
  readonly lost: AbortSignal;
};

export function holdJob(job: Job, token: string, lockMs: number): HeldJob {
  const loss = new AbortController();
  const renew = async (): Promise<void> => {
    // Not to be heard is not to have lost it: the next answer tells.
    const kept = await job.extendLock(token, lockMs).catch(() => 1);
    if (kept === 0) loss.abort(new Error('The lock of the job ran out.'));
  };
  let asking = false;
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    void renew().finally(() => (asking = false));
  }, lockMs / 3);
  return { lost: loss.signal, [Symbol.dispose]: () => clearInterval(timer) };
}

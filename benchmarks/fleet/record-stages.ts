// Every step that is taken in this process, with its begin and end on the machine's monotonic clock.
import { stepChannel, type Step, type StepName } from '@runnel/shared';
import { monotonicMs } from './fleet-process.ts';

export type StageRecord = {
  readonly user: string;
  readonly name: StepName;
  readonly from: number;
  readonly to: number;
};

/** From now on; each call of the answer takes what was recorded since the last one. */
export function recordStages(): () => readonly StageRecord[] {
  const began = new WeakMap<object, number>();
  let records: StageRecord[] = [];
  const nothing = (): void => undefined;
  stepChannel.subscribe({
    start: (step) => void began.set(step, monotonicMs()),
    asyncEnd(step: Step) {
      const to = monotonicMs();
      records.push({ user: step.user ?? '', name: step.name, from: began.get(step) ?? to, to });
    },
    end: nothing,
    asyncStart: nothing,
    error: nothing,
  });
  return () => {
    const taken = records;
    records = [];
    return taken;
  };
}

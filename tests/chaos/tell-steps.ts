// What was done for a person before a moment: their steps in all processes, and what Slack was asked in their channel. For errors.
import type { Person } from '../support/story.ts';
import type { ChaosFleet } from './chaos-fleet.ts';

/** Longer than a hand-over takes. */
const LOOK_BACK_MS = 15_000;
const MOST_LINES = 80;

/** What was done shortly before `until`, in milliseconds since 1970; of somebody who still waits, what was done last. */
export function tellSteps({ faults, story }: ChaosFleet, { userKey, dm }: Person, until?: number): string {
  const [from, to] = until === undefined ? [0, Date.now()] : [until - LOOK_BACK_MS, until + 1_000];
  const steps = faults
    .steps()
    .filter(({ user, identities = [] }) => user === userKey || identities.some((one) => one.includes(dm)))
    .map(({ at, pid, process, name, moment = '', source = '', generation = '', answer = '', failed = '' }) => ({
      at,
      text: [process, pid, generation.slice(-5), moment, name, source, answer, failed].join(' '),
    }));
  const calls = story.fleet.standIn.record
    .calls()
    .filter(({ args, method }) => args['channel'] === dm && /postMessage|replies/.test(method))
    .map(({ at, method, status = 0, args }) => ({
      at,
      text: `slack ${status} ${method} ${JSON.stringify(args['metadata'])}`,
    }));
  const lines = [...steps, ...calls].filter(({ at }) => at > from && at <= to);
  return lines
    .toSorted((a, b) => a.at - b.at)
    .slice(-MOST_LINES)
    .map(({ at, text }) => `${Math.round(at - (until ?? to))} ms: ${text}`)
    .join('\n');
}

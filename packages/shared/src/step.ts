// The numbered steps of the delivery protocol as they happen, for whoever listens: the trace of a message, and tests that kill at a step.
import { tracingChannel } from 'node:diagnostics_channel';
import type { UserKey } from './user-key.ts';

/** The steps of each process. */
export const stepNames = {
  ingress: ['enqueue', 'wake', 'acknowledge_slack'],
  launcher: ['look', 'settle', 'create', 'remove', 'end', 'tell', 'sweep', 'reconcile', 'wake'],
  runner: [
    'acquire',
    'claim',
    'read',
    'begin',
    'restore',
    'run',
    'archive',
    'manifest',
    'post',
    'acknowledge',
    'renew',
    'release',
  ],
} as const;

export type StepName = (typeof stepNames)[keyof typeof stepNames][number];

/** What the step is about, as far as it is known where the step is taken. */
export type StepFacts = {
  readonly user?: UserKey;
  readonly generation?: string;
  readonly owner?: string;
  readonly session?: string;
  /** Identities of the entries. */
  readonly identities?: readonly string[];
  /** Why it is taken, where there are several reasons: who found that somebody must be woken. */
  readonly source?: string;
};

/** `result` and `error` once it is over. */
export type Step = StepFacts & { readonly name: StepName; readonly result?: unknown; readonly error?: unknown };

/** `start` before the step, `asyncEnd` after it and before its caller goes on. */
export const stepChannel = tracingChannel<unknown, Step>('runnel:step');

/** Takes a step; where nobody listens this is the work alone. */
export function takeStep<T>(name: StepName, facts: StepFacts, work: () => Promise<T>): Promise<T> {
  if (!stepChannel.hasSubscribers) return work();
  return stepChannel.tracePromise(work, { name, ...facts });
}

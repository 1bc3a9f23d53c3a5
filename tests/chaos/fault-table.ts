// Every step of the protocol, with what brings a process there, times everything that can happen to a process at a step.
import type { Act, Fault } from './faults.ts';

/** What a person does, and what else happens, so that the step is taken. */
export type Occasion =
  | 'message'
  /** A turn that takes longer than a renewal. */
  | 'long_turn'
  /** A turn that kills its runner once. */
  | 'crash'
  /** The runner is asked to drain in the middle of a turn. */
  | 'drain'
  /** Redis forgets the job of a runner that lives. */
  | 'lost_job';

export type Target = Pick<Fault, 'process' | 'step' | 'source' | 'nth'> & {
  readonly occasion: Occasion;
  /** The step belongs to a start: the person's runner sleeps before. */
  readonly fresh?: true;
};

export const targets: readonly Target[] = [
  { process: 'ingress', step: 'enqueue', occasion: 'message' },
  { process: 'ingress', step: 'wake', source: 'ingress', occasion: 'message', fresh: true },
  { process: 'ingress', step: 'acknowledge_slack', occasion: 'message' },

  { process: 'launcher', step: 'look', occasion: 'message', fresh: true },
  { process: 'launcher', step: 'settle', occasion: 'message', fresh: true },
  { process: 'launcher', step: 'create', occasion: 'message', fresh: true },
  // The pod of the launch before has ended and has the name.
  { process: 'launcher', step: 'remove', occasion: 'message', fresh: true },
  { process: 'launcher', step: 'end', occasion: 'message' },
  { process: 'launcher', step: 'tell', occasion: 'crash' },
  { process: 'launcher', step: 'sweep', occasion: 'message' },
  { process: 'launcher', step: 'reconcile', occasion: 'long_turn' },
  { process: 'launcher', step: 'wake', source: 'end', occasion: 'drain' },
  { process: 'launcher', step: 'wake', source: 'sweeper', occasion: 'crash' },
  { process: 'launcher', step: 'wake', source: 'reconciler', occasion: 'lost_job' },

  { process: 'runner', step: 'acquire', occasion: 'message', fresh: true },
  { process: 'runner', step: 'claim', occasion: 'message', fresh: true },
  { process: 'runner', step: 'read', occasion: 'message', fresh: true },
  { process: 'runner', step: 'begin', occasion: 'message' },
  { process: 'runner', step: 'restore', occasion: 'message', fresh: true },
  { process: 'runner', step: 'run', occasion: 'message' },
  { process: 'runner', step: 'archive', occasion: 'message' },
  { process: 'runner', step: 'manifest', occasion: 'message' },
  { process: 'runner', step: 'post', occasion: 'message' },
  { process: 'runner', step: 'acknowledge', occasion: 'message' },
  // The first one may come before there is a turn.
  { process: 'runner', step: 'renew', source: 'thread', nth: 2, occasion: 'long_turn' },
  { process: 'runner', step: 'renew', source: 'post', occasion: 'message' },
  { process: 'runner', step: 'release', source: 'idle', occasion: 'message' },
  { process: 'runner', step: 'release', source: 'drain', occasion: 'drain' },
];

const stopBefore: Act = { act: 'stop', when: 'before' };
const stopAfter: Act = { act: 'stop', when: 'after' };
/** What was asked is done, and nobody hears so. */
const cutAmid: Act = { act: 'cut', when: 'amid' };

/** At a tenth of the durations: beyond Slack's patience and a job's lock. */
const delayed: Act = { act: 'delay', when: 'before', delayMs: 1_500 };
/** Longer than a short lease, shorter than the renewal thread believes that the main one lives. */
const delayedBeyondLease: Act = { act: 'delay', when: 'before', delayMs: 7_500 };
/** The renewal thread ends the process. */
const delayedBeyondStall: Act = { act: 'delay', when: 'before', delayMs: 14_000 };

export const kills: readonly Act[] = [
  { act: 'kill', when: 'before' },
  { act: 'kill', when: 'after' },
];

/** It goes on, later, or without an answer: that can be worse than to be dead. */
export const holds = {
  ingress: [stopBefore, stopAfter, cutAmid, delayed],
  launcher: [stopBefore, cutAmid, delayed],
  runner: [stopBefore, stopAfter, cutAmid, delayedBeyondLease],
} as const satisfies Record<Fault['process'], readonly Act[]>;

export type Case = Pick<Target, 'occasion' | 'fresh'> & { readonly title: string; readonly fault: Fault };

export function casesOf(process: Fault['process'], acts: readonly Act[]): Case[] {
  return targets
    .filter((target) => target.process === process)
    .flatMap((target) => acts.map((act) => caseOf(target, act)));
}

/** A main thread that stands still for so long that its own renewal thread ends the process. */
export function stallCases(): Case[] {
  return targets
    .filter(({ step }) => step === 'run' || step === 'manifest' || step === 'post')
    .map((target) => caseOf(target, delayedBeyondStall));
}

function caseOf({ occasion, fresh, ...place }: Target, act: Act): Case {
  const { process, step, source } = place;
  const how = act.act === 'delay' ? `${act.delayMs} ms late ${act.when}` : `${act.act} ${act.when}`;
  const title = `${process} · ${how} · ${step}${source === undefined ? '' : ` (${source})`}`;
  return { title, fault: { ...place, ...act }, occasion, ...(fresh === undefined ? {} : { fresh }) };
}

/** The sweeper adds such a job too, and must not be faster. */
export function isRivaled({ fault }: Case): boolean {
  return fault.step === 'wake' && fault.source !== 'sweeper';
}

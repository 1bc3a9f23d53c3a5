// Stage: gathers what is known about a person's runner. What one source cannot say does not keep the others from saying theirs.
import type { Entry, LaunchQueue, LaunchStage, Lease, LeaseKeeper, UserKey } from '@runnel/shared';
import type { EndedPods } from '../ended-pods.ts';
import type { PodBackend } from '../pod-backend.ts';
import type { PodDiagnostics } from '../pod-diagnostics.ts';
import type { RunnerDiagnostics } from './runner-diagnostics.ts';

export type DiagnosisParts = {
  readonly backend: PodBackend;
  readonly ended: EndedPods;
  readonly delivery: LeaseKeeper;
  readonly queue: LaunchQueue;
};

/** An operator waits for it, and the rest may be what explains it. */
const ANSWER_WITHIN_MS = 5_000;
/** Before the first launch. */
const NO_GENERATION = '0';

/**
 * Without `user` the name leads to one only through a pod. Undefined when nothing at all is known; rejects when that
 * cannot be said, because a source did not answer.
 */
export async function diagnoseRunner(
  parts: DiagnosisParts,
  { name, user: given }: { readonly name: string; readonly user?: UserKey },
): Promise<RunnerDiagnostics | undefined> {
  const inquiry = new Inquiry();
  const [pod, kept] = await Promise.all([
    inquiry.ask('pod', () => parts.backend.diagnose(name)),
    inquiry.ask('ended', () => parts.ended.find(name)),
  ]);
  const user = given ?? pod?.user ?? kept?.user;
  if (user === undefined) return inquiry.nobody(name);
  const [lease, entries] = await Promise.all([
    inquiry.ask('lease', () => parts.delivery.lease(user)),
    inquiry.ask('backlog', () => parts.delivery.backlog(user)),
  ]);
  const about = { user, generation: lease?.generation ?? pod?.generation ?? NO_GENERATION };
  const launch = await inquiry.ask('launch', () => parts.queue.stage(about));
  const facts = { ...podsOf(pod, kept), ...circumstances({ lease, entries, launch }) };
  return isNobody(facts) ? inquiry.nobody(name) : { name, user, at: Date.now(), ...facts, unknown: inquiry.unknown };
}

/** A person who never had a runner and for whom nothing waits. */
function isNobody({ pod, ended, lease, backlog }: Facts): boolean {
  const wasServed = lease !== undefined && lease.generation !== NO_GENERATION;
  return pod === undefined && ended === undefined && !wasServed && (backlog?.entries ?? 0) === 0;
}

type Facts = Pick<RunnerDiagnostics, 'pod' | 'ended' | 'lease' | 'backlog' | 'launch'>;

/** Questions to sources that may be away. */
class Inquiry {
  readonly unknown: Record<string, string> = {};

  async ask<T>(what: string, question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await inTime(question());
    } catch (error) {
      this.unknown[what] = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  /** That may only be said where everybody was heard. */
  nobody(name: string): undefined {
    const [first] = Object.entries(this.unknown);
    if (first !== undefined) throw new Error(`${first[0]} of ${name}: ${first[1]}`);
    return undefined;
  }
}

function podsOf(pod: PodDiagnostics | undefined, kept: PodDiagnostics | undefined): Facts {
  const isAnother = kept !== undefined && kept.uid !== pod?.uid;
  return { ...(pod === undefined ? {} : { pod }), ...(isAnother ? { ended: kept } : {}) };
}

type Found = {
  readonly lease: Lease | undefined;
  readonly entries: readonly Entry[] | undefined;
  readonly launch: LaunchStage | undefined;
};

function circumstances({ lease, entries, launch }: Found): Facts {
  const backlog = entries === undefined ? undefined : { entries: entries.length, ...oldestOf(entries) };
  const stages =
    launch === undefined ? undefined : [...(launch.before ?? []), { stage: launch.stage, since: launch.since }];
  return {
    ...(lease === undefined ? {} : { lease }),
    ...(backlog === undefined ? {} : { backlog }),
    ...(stages === undefined ? {} : { launch: stages }),
  };
}

/** The ids of entries begin with when they were appended. */
function oldestOf([oldest]: readonly Entry[]): { oldestAt?: number } {
  return oldest === undefined ? {} : { oldestAt: Number(oldest.id.split('-')[0]) };
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const giveUp = (): void => late.reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`));
  const timer = setTimeout(giveUp, ANSWER_WITHIN_MS);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

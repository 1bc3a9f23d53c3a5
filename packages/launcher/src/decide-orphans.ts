// Pods and leases that do not fit together, judged on two looks in a row: one look may have met a change half way.
import type { Generation, UserKey } from '@runnel/shared';
import type { Pod } from './pod-backend.ts';

export type LiveLease = {
  readonly user: UserKey;
  readonly generation: Generation;
  readonly state: 'launching' | 'running';
};

/** What one look found odd; the next one is judged against it. */
export type Look = { readonly orphans: ReadonlySet<string>; readonly missing: ReadonlySet<string> };

export type OrphanVerdict = {
  /** Pods without a live lease of their generation, for the second time. */
  readonly orphans: Pod[];
  /** Leases that are held although no pod is there, for exactly the second time: reported once, left to expire. */
  readonly missing: LiveLease[];
  /** Pods that run under their lease: each must have its job. */
  readonly live: Pod[];
  readonly look: Look;
};

export const firstLook: Look = { orphans: new Set(), missing: new Set() };

/** `leases` were read after `pods` were listed: a pod is made after its lease. Ended pods are nobody's orphans. */
export function decideOrphans(facts: {
  pods: readonly Pod[];
  leases: readonly LiveLease[];
  last: Look;
}): OrphanVerdict {
  const active = facts.pods.filter((pod) => pod.end === undefined);
  const leased = new Set(facts.leases.map(keyOf));
  const orphans = active.filter((pod) => !leased.has(keyOf(pod)));
  const podded = new Set(active.map(keyOf));
  // A launch that waits for its place in the fleet has no pod yet.
  const missing = facts.leases.filter((lease) => lease.state === 'running' && !podded.has(keyOf(lease)));
  const reported = missing.filter((lease) => facts.last.missing.has(keyOf(lease)));
  return {
    orphans: orphans.filter((pod) => facts.last.orphans.has(pod.uid)),
    missing: reported.filter((lease) => !facts.last.missing.has(reportedKey(lease))),
    live: active.filter((pod) => leased.has(keyOf(pod))),
    look: {
      orphans: new Set(orphans.map((pod) => pod.uid)),
      missing: new Set([...missing.map(keyOf), ...reported.map(reportedKey)]),
    },
  };
}

function keyOf(held: { user: UserKey; generation: Generation }): string {
  return `${held.user} ${held.generation}`;
}

function reportedKey(lease: LiveLease): string {
  return `${keyOf(lease)} reported`;
}

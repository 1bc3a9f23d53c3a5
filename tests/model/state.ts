// One state of a world: the real keys, and by hand what stands around them.
import { noKeys, type Keys } from './keys.ts';
import type { Name } from './messages.ts';
import type { Covered, Runner } from './runner-part.ts';

/** Who a runner is, in the lease and in the manifest. */
export type Holder = { readonly generation: number; readonly owner: string };

export type TrueTries = { readonly id: number; readonly n: number; readonly open: readonly number[] };

/** What has really happened to the keys, kept beside them; a failover forgets both together. */
export type Truth = {
  /** Who acquired the lease last. */
  readonly holder: Holder | undefined;
  readonly tries: readonly TrueTries[];
  readonly acknowledged: readonly Name[];
  /** Entries that had a try alone in their pod. */
  readonly alone: readonly Name[];
};

export type Store = { readonly keys: Keys; readonly truth: Truth };

/** Prompts that wait for a choice, in the manifest. */
export type Held = {
  /** The stop whose buttons speak of them. */
  readonly by: Name;
  readonly names: readonly Name[];
  /** Tries of the entry that revives them, of prompts that were answered. */
  readonly triesBefore: number;
};

export type PodEnd = 'released' | 'crashed' | 'evicted' | 'busy';

export type Ingress = {
  readonly next: number;
  /** What the append of the next message was answered; empty before it. `saw`: a mutant has read the lease before. */
  readonly answer: '' | 'wake' | 'quiet' | 'full' | 'saw nobody' | 'saw a runner';
  /** The replica has confirmed it. */
  readonly settled: boolean;
};

export type State = {
  readonly store: Store;
  /** What the replica has; undefined where there is none. */
  readonly replica: Store | undefined;
  /** Whether the launch at hand has its job. */
  readonly job: boolean;
  /** The launch of a launcher that has looked and not yet created; 0 for none. */
  readonly hand: number;
  /** The pod that has the person's name. */
  readonly pod: (Holder & { readonly end: PodEnd | '' }) | undefined;
  /** Ends that were seen and not yet told to the lease. */
  readonly ends: readonly (Holder & { readonly end: PodEnd })[];
  readonly runners: readonly Runner[];
  /** Two may be at work, each with what Slack sends to it. */
  readonly ingresses: readonly [Ingress, Ingress];
  readonly manifest: {
    readonly writer: Holder | undefined;
    readonly covered: readonly Covered[];
    readonly held: Held | undefined;
  };
  /** What Slack knows: messages it was told had arrived, messages it was told were refused, answers that stand there. */
  readonly slack: {
    readonly arrived: readonly Name[];
    readonly refused: readonly Name[];
    readonly posted: readonly Name[];
    /** How often the cause at hand stands in the thread. */
    readonly told: number;
  };
  readonly faults: number;
  readonly drains: number;
  readonly reopens: number;
};

export const noTruth: Truth = { holder: undefined, tries: [], acknowledged: [], alone: [] };

const freshIngress: Ingress = { next: 0, answer: '', settled: false };

export const emptyState: State = {
  store: { keys: noKeys, truth: noTruth },
  replica: undefined,
  job: false,
  hand: 0,
  pod: undefined,
  ends: [],
  runners: [],
  ingresses: [freshIngress, freshIngress],
  manifest: { writer: undefined, covered: [], held: undefined },
  slack: { arrived: [], refused: [], posted: [], told: 0 },
  faults: 0,
  drains: 0,
  reopens: 0,
};

export function isHolder(runner: Holder, holder: Holder | undefined): boolean {
  return holder !== undefined && runner.generation === holder.generation && runner.owner === holder.owner;
}

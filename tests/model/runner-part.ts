// A runner as a part of a state: which pod it is, how far it is, what it has in hand.
import { writeRefs, type Name, type Ref, type Session } from './messages.ts';

/** An entry that the manifest covers: the message that answers it, or nothing. */
export type Covered = {
  readonly name: Name;
  /** The reply is found by the identity it is the reply to; empty: nothing is said. */
  readonly delivery: Name | '';
  readonly dead: boolean;
  /** Its text was dropped once it had surely been posted. */
  readonly blank: boolean;
};

export type Task = {
  /** `turn` has a slot; `beside` is answered beside whatever its session does. */
  readonly kind: 'turn' | 'lane' | 'beside';
  readonly session: Session;
  readonly entries: readonly Ref[];
  /**
   * `running` the agent; `written` the manifest, its answer lost; `covered` by somebody before; `posting`; `renewed` and
   * paused before the send; `sent`, its answer lost; `posted`.
   */
  readonly phase: 'running' | 'said' | 'written' | 'covered' | 'posting' | 'renewed' | 'sent' | 'posted';
  readonly delivery: Name | '';
  readonly dead: boolean;
  readonly alone: boolean;
};

type RunnerFields = {
  readonly generation: number;
  /** Which pod of its launch: the owner in the lease. */
  readonly owner: string;
  /** Whether its pod's object is still there, so that its end will be seen. */
  readonly attached: boolean;
  readonly phase: 'boot' | 'acquired' | 'claiming' | 'serving' | 'draining' | 'sees empty' | 'drained';
  /** It was paused until its lease ran out: its own deadline has passed. */
  readonly late: boolean;
  /** What it knows of the manifest: nothing, its revision, an older one, its own, one that it lost. */
  readonly claim: 'none' | 'read' | 'stale' | 'owned' | 'lost';
  readonly known: readonly Ref[];
  readonly tasks: readonly Task[];
  /** The manifest as it last wrote it, once somebody else has written after it. */
  readonly view: readonly Covered[] | undefined;
  /** Acknowledged since its last write, where that makes a difference. */
  readonly acknowledged: readonly Name[];
  /** The entry that revived what is held, and answers to it that were covered before and may not be posted. */
  readonly revived: Ref | undefined;
  readonly owed: readonly Name[];
  /** A reading of the inbox that is under way, where readings take time. */
  readonly reading: readonly Ref[] | undefined;
  /** The highest id it has read, where a mutant goes by it. */
  readonly highest: number;
};

/** `text` tells two of them apart, but for their generations. */
export type Runner = RunnerFields & { readonly text: string };

function runnerOf(fields: RunnerFields): Runner {
  const { owner, attached, phase, late, claim, known, tasks, view, acknowledged, reading, highest } = fields;
  const facts = `${owner}${attached ? '+' : '-'}${SIGNS[phase]}${late ? '!' : ''}${SIGNS[claim]}`;
  const written = tasks.map(writeTask).join(';');
  const rest = [writeRefs(known), written, view === undefined ? '' : `v${writeCovered(view)}`, acknowledged.join(' ')];
  const chosen = fields.revived === undefined ? '' : `${fields.revived.id}${fields.owed.join(' ')}`;
  const seen = reading === undefined ? '' : `r${writeRefs(reading)}`;
  return { ...fields, text: `${facts}|${rest.join('|')}|${seen}|${highest}|${chosen}` };
}

export function bootRunner(generation: number, owner: string): Runner {
  return runnerOf({
    generation,
    owner,
    attached: true,
    phase: 'boot',
    late: false,
    claim: 'none',
    known: [],
    tasks: [],
    view: undefined,
    acknowledged: [],
    revived: undefined,
    owed: [],
    reading: undefined,
    highest: 0,
  });
}

export type Change = Partial<RunnerFields>;

export function changeRunner(runner: Runner, change: Change): Runner {
  const next = { ...runner, ...change };
  return runnerOf(change.tasks === undefined ? next : { ...next, tasks: next.tasks.toSorted(byText) });
}

/** One letter each: there are millions of them. */
const SIGNS = {
  boot: 'b',
  acquired: 'q',
  claiming: 'c',
  serving: 's',
  draining: 'd',
  'sees empty': 'e',
  drained: 'x',
  none: '0',
  read: '1',
  stale: '2',
  owned: '3',
  lost: '4',
  running: 'r',
  said: 'a',
  written: 'w',
  covered: 'v',
  posting: 'p',
  renewed: 'n',
  sent: 'u',
  posted: 'k',
} satisfies Record<RunnerFields['phase'] | RunnerFields['claim'] | Task['phase'], string>;

function byText(one: Task, other: Task): number {
  return writeTask(one) < writeTask(other) ? -1 : 1;
}

function writeTask({ kind, session, entries, phase, delivery, dead, alone }: Task): string {
  return `${kind[0]}${session}${SIGNS[phase]}${writeRefs(entries)} ${delivery}${dead ? '†' : ''}${alone ? '1' : ''}`;
}

export function writeCovered(covered: readonly Covered[]): string {
  return covered
    .map(({ name, delivery, dead, blank }) => `${name}:${delivery}${dead ? '†' : ''}${blank ? '_' : ''}`)
    .join(' ');
}

/** How the runner is called in a trace. */
export function nameOf({ generation, owner }: Pick<Runner, 'generation' | 'owner'>): string {
  return `runner g${generation}${owner === 'a' ? '' : owner}`;
}

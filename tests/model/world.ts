// A world: what is sent into it, what may go wrong, and which rules its processes leave out.
import type { ScriptSettings } from './calls.ts';
import type { Name } from './messages.ts';
import type { Edit } from './script-text.ts';

export type Fault =
  /** A runner dies and its end is seen. */
  | 'kill'
  /** The same, for no fault of its own. */
  | 'evict'
  /** A runner dies and nobody sees it. */
  | 'vanish'
  /** A runner is paused until its lease has run out. */
  | 'pause'
  /** A call was made and its answer is lost. */
  | 'reply'
  /** The same launch gets two pods. */
  | 'twin'
  /** An ingress dies after its append; Slack delivers again. */
  | 'ingress'
  /** A launcher dies between its look and its create. */
  | 'launcher'
  /** A pod cannot be started. */
  | 'start'
  /** The replica becomes the primary; what it does not have is forgotten. */
  | 'failover'
  /** Redis's clock jumps: a live lease runs out. */
  | 'clock'
  /** A pod on a node that nobody hears is reported as ended, and lives on. */
  | 'false end';

/** Rules of the processes; a mutant is a world without one. */
export type Rule =
  | 'sweeper'
  | 'wait before slack is told'
  | 'settle before a pod is made'
  | 'claim'
  | 'precondition'
  | 'checkpoint before acknowledge'
  | 'checkpoint before post'
  | 'order of a session'
  | 'coverage by identity'
  | 'coverage looked up before begin'
  | 'whole reading'
  | 'whole reading before the first turn'
  | 'deadline before a post'
  | 'renew before a post'
  | 'read back'
  | 'control covered'
  | 'control acknowledged after its write'
  | 'stop takes what waits'
  | 'nothing to stop is covered'
  | 'edit stays with its prompt'
  | 'controls before prompts'
  | 'what waits is held with its stop'
  | 'what is answered is held no longer'
  | 'run now stays until all are answered'
  | 'third try alone'
  | 'dead letter'
  | 'busy exits 75'
  | 'own last write'
  | 'nothing after the release'
  | 'atomic release'
  | 'atomic enqueue'
  | 'acknowledge before idle'
  | 'end of the same generation'
  | 'old pod leaves the name'
  | 'ends are told'
  | 'claim again'
  | 'teller reads back'
  | 'told after it was said';

export type World = {
  readonly name: string;
  /** In the order of delivery; one twice is a duplicate delivery. */
  readonly sends: readonly Name[];
  /** What comes in by another ingress meanwhile. */
  readonly sendsBeside?: readonly Name[];
  /** How many of `sends` were appended before the story begins. */
  readonly waiting?: number;
  /** The story begins with a runner that has claimed and waits. */
  readonly warm?: boolean;
  readonly faults?: readonly Fault[];
  /** How many faults there are at most. */
  readonly atMost?: number;
  readonly drains?: number;
  /** A launch's job may get lost on its way, at any time and any number of times. */
  readonly wakesGetLost?: boolean;
  /** There is a replica. */
  readonly replica?: boolean;
  /** Redis's clock is behind its own generations, as after a failover. */
  readonly slowClock?: boolean;
  /** A launcher takes time between its look and its create. */
  readonly slowLauncher?: boolean;
  /** A reading of the inbox takes time. */
  readonly slowReading?: boolean;
  /** Causes are kept and told. */
  readonly tellsCauses?: boolean;
  /** How often an operator reopens. */
  readonly reopens?: number;
  readonly settings?: Partial<ScriptSettings>;
  readonly without?: readonly Rule[];
  readonly edits?: readonly Edit[];
  /** Each script is held to its contract at every call; a mutant can be asked to do harm first. */
  readonly holdsContract?: boolean;
};

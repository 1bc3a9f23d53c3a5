// Stage of the renewal thread: renews the lease, watches the main thread, and ends the process when either is gone.
import type { Holder, InboxReader } from '@runnel/shared';
import type { LeaseMemory } from './lease-memory.ts';

/** What the thread tells the main one. */
export type RenewalNews =
  /** From now on it is this thread that renews. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'not_renewed'; readonly reason: string };

export type Renewal = {
  readonly delivery: Pick<InboxReader, 'renew'>;
  readonly memory: LeaseMemory;
  readonly holder: Holder;
  /** All in milliseconds. */
  readonly leaseMs: number;
  readonly marginMs: number;
  readonly renewalMs: number;
  /** The main thread may give no sign for this long. */
  readonly stallMs: number;
  readonly tell: (news: RenewalNews) => void;
  /** Ends the process from a thread; the main one gets a moment to do it with an exit code. */
  readonly endProcess: () => void;
};

/** How often the clock is looked at; a process that was stopped looks at once when it goes on. */
const LOOK_MS = 100;
/** After a renewal that was not answered. */
const RETRY_MS = 500;

/** Runs until the lease is lost or has ended. Returns what stops it. */
export function renewLease(renewal: Renewal): () => void {
  const { memory } = renewal;
  let nextAt = now();
  let asking = false;
  const look = (): void => {
    if (memory.state === 'ended') return stop();
    const fault = faultOf(renewal);
    if (fault !== undefined) return lose(fault);
    if (asking || now() < nextAt) return;
    asking = true;
    void ask(renewal).then((answer) => {
      asking = false;
      nextAt = now() + nanoseconds(answer === 'unanswered' ? Math.min(RETRY_MS, renewal.renewalMs) : renewal.renewalMs);
      // While a release is under way its success looks like a loss.
      if (answer === 'lost' && memory.state === 'held') lose('Somebody else holds the lease.');
    });
  };
  const timer = setInterval(look, Math.min(LOOK_MS, renewal.renewalMs));
  const stop = (): void => clearInterval(timer);
  const lose = (reason: string): void => {
    stop();
    memory.moveTo('lost');
    memory.killGroups();
    renewal.tell({ kind: 'lost', reason });
    renewal.endProcess();
  };
  renewal.tell({ kind: 'ready' });
  look();
  return stop;
}

/** What a probe is told: nothing while the lease is held, or given back as it should be. */
export function findLeaseFault(renewal: Pick<Renewal, 'memory' | 'stallMs'>): string | undefined {
  if (renewal.memory.state === 'ended') return undefined;
  return renewal.memory.state === 'lost' ? 'The lease is lost.' : faultOf(renewal);
}

function faultOf({ memory, stallMs }: Pick<Renewal, 'memory' | 'stallMs'>): string | undefined {
  const at = now();
  if (at > memory.deadline) return 'The lease could not be renewed in time.';
  if (at - memory.signOfLife > nanoseconds(stallMs)) return `The main thread gave no sign for ${stallMs} ms.`;
  return undefined;
}

async function ask({
  delivery,
  memory,
  holder,
  leaseMs,
  marginMs,
  tell,
}: Renewal): Promise<'ok' | 'lost' | 'unanswered'> {
  const before = now();
  try {
    const answer = await delivery.renew(holder);
    if (answer === 'ok') memory.renewedFrom(before, leaseMs - marginMs);
    return answer;
  } catch (error) {
    tell({ kind: 'not_renewed', reason: error instanceof Error ? error.message : String(error) });
    return 'unanswered';
  }
}

function now(): bigint {
  return process.hrtime.bigint();
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}

// Looks at what runners did from outside: whoever takes a step that only the holder of the lease can take, after a successor
// had acquired it, was let through by a fence that is not there.
import { setTimeout as sleep } from 'node:timers/promises';
import type { UserKey } from '@runnel/shared';
import { describe, isOlder } from './session-vault.ts';
import type { TakenStep } from './soak-verbs.ts';

/** Reports of other hosts may be on their way. */
const JUDGED_AFTER_MS = 400;
const REMEMBERED = 8;

export class LeaseWatch {
  readonly #acquired = new Map<UserKey, TakenStep[]>();
  readonly #released = new Map<UserKey, string>();
  readonly #onLateStep: (text: string) => void;
  readonly #waiting = new Map<UserKey, Set<() => void>>();
  takeovers = 0;
  acquisitions = 0;

  constructor(onLateStep: (text: string) => void) {
    this.#onLateStep = onLateStep;
  }

  hasAcquired(user: UserKey, owner: string): boolean {
    return this.#acquired.get(user)?.some(({ holder }) => holder.owner === owner) === true;
  }

  /** Who was the last to acquire. */
  holder(user: UserKey): string | undefined {
    return this.#acquired.get(user)?.at(-1)?.holder.owner;
  }

  /** Resolves when somebody acquires that lease, or when it takes too long. */
  async untilTakenOver(user: UserKey, atMostMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(user) ?? new Set();
    this.#waiting.set(user, waiting.add(resolve));
    const timer = setTimeout(resolve, atMostMs);
    await promise;
    clearTimeout(timer);
    waiting.delete(resolve);
  }

  acquired(step: TakenStep): void {
    const { user } = step.holder;
    const before = this.#acquired.get(user) ?? [];
    // Asked again because an answer was lost.
    if (before.some(({ holder }) => holder.owner === step.holder.owner)) return;
    this.acquisitions += 1;
    const last = before.at(-1);
    if (last !== undefined && this.#released.get(user) !== last.holder.owner) this.takeovers += 1;
    this.#acquired.set(user, [...before, step].slice(-REMEMBERED));
    for (const wake of this.#waiting.get(user) ?? []) wake();
    this.#waiting.delete(user);
  }

  released({ holder }: TakenStep): void {
    this.#released.set(holder.user, holder.owner);
  }

  async taken(steps: readonly TakenStep[]): Promise<void> {
    await sleep(JUDGED_AFTER_MS);
    for (const step of steps) this.#judge(step);
  }

  #judge({ name, holder, startedAt }: TakenStep): void {
    const successor = this.#acquired
      .get(holder.user)
      ?.find((step) => step.endedAt < startedAt && isOlder(holder, step.holder));
    if (successor === undefined) return;
    const lateMs = Math.round(startedAt - successor.endedAt);
    this.#onLateStep(`${name} by ${describe(holder)}, ${lateMs} ms after ${describe(successor.holder)} had acquired`);
  }
}

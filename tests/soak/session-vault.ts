// The session store of a soak, in one place that survives every host: manifests over their revision, archives by digest.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Holder, UserKey } from '@runnel/shared';
import type { Dice } from './dice.ts';
import type { Strike } from './fault-counts.ts';
import type { KeptManifest, ManifestWrite, Place, WriteAnswer } from './soak-verbs.ts';

export type VaultParts = {
  readonly dice: Dice;
  readonly strike: Strike;
  readonly expireLease: (user: UserKey) => void;
  /** A write was taken of somebody who has a successor that had claimed the manifest. */
  readonly onLateCommit: (text: string) => void;
};

type Shelf = {
  manifest: KeptManifest | undefined;
  /** By session, then by digest, oldest first. */
  readonly archives: Map<string, Map<string, string>>;
  claimant: Holder | undefined;
  /** For the next claim. */
  readonly waiting: (() => void)[];
  /** The last write that was tried. */
  tried: string;
};

/** Of each session: more than there are writes between one that is late and the one that stands. */
const KEPT_ARCHIVES = 12;
const LATE_AT_MOST_MS = 3_000;

export class SessionVault {
  readonly #parts: VaultParts;
  readonly #shelves = new Map<UserKey, Shelf>();

  constructor(parts: VaultParts) {
    this.#parts = parts;
  }

  read(user: UserKey): KeptManifest | undefined {
    return this.#shelf(user).manifest;
  }

  async write(write: ManifestWrite): Promise<WriteAnswer> {
    const { dice, strike, expireLease } = this.#parts;
    const { user, generation } = write.holder;
    const about = [user, generation, write.number];
    const shelf = this.#shelf(user);
    // Whoever tries again is let through.
    if (shelf.tried === about.join(' ')) return this.#write(write);
    shelf.tried = about.join(' ');
    if (strike('refuse-write', 0.003, ...about)) return { kind: 'unavailable' };
    if (strike('late-write', 0.002, ...about)) {
      // Its runner loses the lease meanwhile: it comes when a successor has just claimed the manifest.
      expireLease(user);
      await this.#untilClaimed(user, LATE_AT_MOST_MS);
      await sleep(dice.between(0, 15, 'late', ...about));
      return this.#write(write);
    }
    const answer = this.#write(write);
    return strike('lose-write-answer', 0.003, ...about) ? { kind: 'unavailable' } : answer;
  }

  /** That runner has claimed the manifest: nobody before it may write any more. */
  claimed(holder: Holder): void {
    const shelf = this.#shelf(holder.user);
    if (shelf.claimant !== undefined && !isOlder(shelf.claimant, holder)) return;
    shelf.claimant = holder;
    for (const wake of shelf.waiting.splice(0)) wake();
  }

  putArchive({ user, session, digest, content }: Place & { digest: string; content: string }): void {
    const { archives } = this.#shelf(user);
    const kept = archives.get(session) ?? new Map<string, string>();
    archives.set(session, kept);
    // The newest one stands last, also where it was there before.
    kept.delete(digest);
    kept.set(digest, content);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_ARCHIVES && oldest !== undefined) kept.delete(oldest);
  }

  getArchive({ user, session, digest }: Place & { digest: string }): string | undefined {
    return this.#shelf(user).archives.get(session)?.get(digest);
  }

  async #untilClaimed(user: UserKey, atMostMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#shelf(user).waiting.push(resolve);
    const timer = setTimeout(resolve, atMostMs);
    await promise;
    clearTimeout(timer);
  }

  #write({ holder, json, revision: over }: ManifestWrite): WriteAnswer {
    const shelf = this.#shelf(holder.user);
    if ((shelf.manifest?.revision ?? 'none') !== over) return { kind: 'conflict' };
    if (shelf.claimant !== undefined && isOlder(holder, shelf.claimant)) {
      this.#parts.onLateCommit(
        `${describe(holder)} wrote the manifest after ${describe(shelf.claimant)} had claimed it`,
      );
    }
    const revision = String(Number(over === 'none' ? 0 : over) + 1);
    shelf.manifest = { json, revision };
    return { kind: 'written', revision };
  }

  #shelf(user: UserKey): Shelf {
    const known = this.#shelves.get(user) ?? {
      manifest: undefined,
      archives: new Map(),
      claimant: undefined,
      waiting: [],
      tried: '',
    };
    this.#shelves.set(user, known);
    return known;
  }
}

/** On one Redis whose clock is left alone generations grow. */
export function isOlder(one: Holder, other: Holder): boolean {
  return Number(one.generation) < Number(other.generation);
}

export function describe({ user, generation, owner }: Holder): string {
  return `${owner} of ${user} (generation ${generation})`;
}

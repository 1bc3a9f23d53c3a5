// The pods of a soak: names, who runs in which host, and how they end. It knows no more than a cluster would: a host that
// stands still keeps its runners, and a removed pod may live on for a while.
import type { Holder } from '@runnel/shared';
import type { Dice } from './dice.ts';
import type { Strike } from './fault-counts.ts';
import type { CreateAnswer, EndedPod, LifeOrder, Pod, PodEnd, PodSpec } from './soak-verbs.ts';

/** A host as the registry sees it. */
export type HostRoom = {
  readonly isReady: () => boolean;
  start(order: LifeOrder): void;
  kill(owner: string): void;
  drain(owner: string): void;
  deafen(order: { owner: string; ms: number }): void;
};

export type RegistryParts = {
  readonly dice: Dice;
  readonly strike: Strike;
  readonly hosts: () => readonly HostRoom[];
  readonly hasAcquired: (holder: Holder) => boolean;
  readonly onEnd: (pod: EndedPod) => void;
};

type Life = { readonly order: LifeOrder; readonly host: HostRoom; end?: PodEnd };
type Row = { readonly pod: Pod; readonly lives: Life[]; end?: PodEnd; readonly over: PromiseWithResolvers<void> };

const BUSY = 75;
const PENDING_MS = 50;

export class PodRegistry {
  readonly #parts: RegistryParts;
  readonly #rows = new Map<string, Row>();
  /** Every life that runs, those of removed pods too. */
  readonly #lives = new Map<string, { row: Row; life: Life }>();
  readonly #counts = new Map<string, number>();
  #made = 0;
  most = 0;

  constructor(parts: RegistryParts) {
    this.#parts = parts;
  }

  create(spec: PodSpec): CreateAnswer {
    const standing = this.#rows.get(spec.name);
    if (standing !== undefined) return { kind: 'conflict', pod: toPod(standing) };
    const uid = `pod-${(this.#made += 1)}`;
    const row: Row = { pod: { ...spec, uid }, lives: [], over: Promise.withResolvers() };
    this.#rows.set(spec.name, row);
    this.most = Math.max(this.most, this.#active());
    const number = (this.#counts.get(spec.name) ?? 0) + 1;
    this.#counts.set(spec.name, number);
    this.#start(row, { user: spec.user, generation: spec.generation, owner: uid, number });
    if (this.#parts.strike('double-pod', 0.03, spec.user, number)) {
      const ms = this.#parts.dice.between(0, 60, 'double', spec.user, number);
      setTimeout(
        () => this.#start(row, { user: spec.user, generation: spec.generation, owner: `${uid}-twin`, number }),
        ms,
      );
    }
    return { kind: 'created', pod: toPod(row) };
  }

  look(name: string): Pod | undefined {
    const row = this.#rows.get(name);
    return row === undefined ? undefined : toPod(row);
  }

  list(): Pod[] {
    return [...this.#rows.values()].map(toPod);
  }

  ended(): EndedPod[] {
    return this.list().filter((pod) => pod.end !== undefined) as EndedPod[];
  }

  async stop(uid: string, graceMs: number): Promise<void> {
    const row = [...this.#rows.values()].find(({ pod }) => pod.uid === uid);
    if (row === undefined || row.end !== undefined) return;
    for (const { order, host } of row.lives) host.drain(order.owner);
    const timer = setTimeout(() => this.#killAll(row), graceMs);
    await row.over.promise;
    clearTimeout(timer);
  }

  /** Its name is free at once. Forced, which does not prove its processes gone. */
  remove(uid: string): void {
    const row = [...this.#rows.values()].find(({ pod }) => pod.uid === uid);
    if (row === undefined) return;
    this.#rows.delete(row.pod.name);
    row.over.resolve();
    if (row.end !== undefined) return;
    const isLate = this.#parts.strike('late-kill', 0.7, row.pod.user, row.pod.generation);
    if (!isLate) return this.#killAll(row);
    setTimeout(
      () => this.#killAll(row),
      this.#parts.dice.between(300, 3_000, 'late', row.pod.user, row.pod.generation),
    );
  }

  /** A runner's process is gone. `isSeen`: the node said so. */
  lifeEnded(end: PodEnd, isSeen = true): void {
    const found = this.#lives.get(end.owner);
    if (found === undefined) return;
    const { row, life } = found;
    this.#lives.delete(end.owner);
    life.end = end;
    if (this.#rows.get(row.pod.name) !== row || row.lives.some((other) => other.end === undefined)) return;
    if (!isSeen) {
      // As if its node had vanished with it: nobody ever hears how it ended.
      this.#rows.delete(row.pod.name);
      row.over.resolve();
      return;
    }
    const whole = this.#endOf(row) ?? end;
    row.end = whole;
    row.over.resolve();
    this.#parts.onEnd({ ...row.pod, end: whole });
  }

  /** The renewals of a runner stay unanswered for that long. */
  deafen(owner: string, ms: number): void {
    this.#lives.get(owner)?.life.host.deafen({ owner, ms });
  }

  /** A host died with all its runners. */
  hostEnded(host: HostRoom, isSeen: (owner: string) => boolean): void {
    for (const [owner, { life }] of this.#lives) {
      if (life.host === host) this.lifeEnded({ owner, reason: 'killed' }, isSeen(owner));
    }
  }

  /** Somebody who runs now, for a fault to strike. */
  get owners(): readonly string[] {
    return [...this.#lives.keys()];
  }

  #start(row: Row, order: LifeOrder): void {
    const hosts = this.#parts.hosts().filter((host) => host.isReady());
    const host = hosts[(this.#made + row.lives.length) % hosts.length];
    if (row.end !== undefined || this.#rows.get(row.pod.name) !== row) return;
    // Pending, until a node has room.
    if (host === undefined) return void setTimeout(() => this.#start(row, order), PENDING_MS);
    const life: Life = { order, host };
    row.lives.push(life);
    this.#lives.set(order.owner, { row, life });
    host.start(order);
  }

  #killAll(row: Row): void {
    for (const { order, host, end } of row.lives) if (end === undefined) host.kill(order.owner);
  }

  /** How the one of its lives ended that had the lease; one that found it taken says nothing. */
  #endOf({ lives }: Row): PodEnd | undefined {
    const holder = lives.find(({ order }) => this.#parts.hasAcquired(order));
    return (holder ?? lives.find(({ end }) => end?.reason !== 'exited' || end.exitCode !== BUSY))?.end;
  }

  #active(): number {
    let active = 0;
    for (const row of this.#rows.values()) if (row.end === undefined) active += 1;
    return active;
  }
}

function toPod({ pod, end }: Row): Pod {
  return end === undefined ? pod : { ...pod, end };
}

// The faults of whole processes and of Redis's connections: which one comes next, and after how many messages, is the seed's choice.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Dice } from './dice.ts';
import type { Strike } from './fault-counts.ts';
import type { SoakProcess } from './soak-processes.ts';
import { durations, type FaultKind } from './soak-settings.ts';
import type { HostVerbs, IngressVerbs, LauncherVerbs } from './soak-verbs.ts';

export type StrikingParts = {
  readonly dice: Dice;
  readonly strike: Strike;
  readonly redis: Redis;
  readonly people: number;
  readonly sent: () => number;
  readonly hosts: readonly SoakProcess<HostVerbs>[];
  readonly launchers: readonly SoakProcess<LauncherVerbs>[];
  readonly ingresses: readonly SoakProcess<IngressVerbs>[];
  /** Aborted when all messages are sent: from then on everybody is left in peace. */
  readonly signal: AbortSignal;
};

/** The larger the share, the more often. */
const SHARES: readonly (readonly [FaultKind, number])[] = [
  ['kill-host', 2],
  ['stop-host', 3],
  ['kill-launcher', 1],
  ['stop-launcher', 1],
  ['kill-ingress', 1],
  ['kill-client', 8],
  ['flush-scripts', 2],
];
/** Messages of everybody, between two of them. */
const MESSAGES_BETWEEN = { least: 2, most: 8 };
/** Long enough that the leases of a host run out, and its successors run, while it stands still. */
const STOP_LEASES = { least: 1.1, most: 1.7 };
const LOOK_MS = 10;

export async function strikeProcesses(parts: StrikingParts): Promise<void> {
  const { dice, people, sent, signal } = parts;
  const total = SHARES.reduce((sum, [, share]) => sum + share, 0);
  let next = 0;
  for (let fault = 1; !signal.aborted; fault += 1) {
    next += people * dice.between(MESSAGES_BETWEEN.least, MESSAGES_BETWEEN.most, 'between', fault);
    while (sent() < next && !signal.aborted) await sleep(LOOK_MS);
    if (signal.aborted) return;
    let drawn = dice.roll('fault', fault) * total;
    const [kind] = SHARES.find(([, share]) => (drawn -= share) < 0) ?? SHARES[0] ?? [];
    if (kind !== undefined && parts.strike(kind, 1, fault)) await strikeOne(parts, kind, fault);
  }
}

async function strikeOne(parts: StrikingParts, kind: FaultKind, fault: number): Promise<void> {
  const { dice, redis, hosts, launchers, ingresses } = parts;
  const pick = <T>(from: readonly T[]): T => dice.pick(from, 'which', fault);
  const ms = durations.leaseMs * dice.between(STOP_LEASES.least, STOP_LEASES.most, 'stop', fault);
  switch (kind) {
    case 'kill-host':
      return pick(hosts).kill();
    case 'stop-host':
      // One at a time: a fleet without a node serves nobody.
      if (!hosts.some((host) => host.isStopped)) void pick(hosts).standStill(ms);
      return undefined;
    case 'kill-launcher':
      return pick(launchers).kill();
    case 'stop-launcher':
      if (!launchers.some((launcher) => launcher.isStopped)) void pick(launchers).standStill(ms);
      return undefined;
    case 'kill-ingress':
      return pick(ingresses).kill();
    case 'flush-scripts':
      return void (await redis.script('FLUSH'));
    default:
      return killClient(redis, dice.roll('client', fault));
  }
}

async function killClient(redis: Redis, roll: number): Promise<void> {
  const own = await redis.client('ID');
  const list = String(await redis.client('LIST'));
  const ids = [...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => Number(id)).filter((id) => id !== own);
  const id = ids[Math.floor(roll * ids.length)];
  if (id !== undefined) await redis.client('KILL', 'ID', id);
}

// The processes of a soak with what they ask for: pods, Slack, the store, and ears for what they report.
import type { Holder, UserKey } from '@runnel/shared';
import type { Dice } from './dice.ts';
import type { Strike } from './fault-counts.ts';
import { LeaseWatch } from './lease-watch.ts';
import { PodRegistry, type HostRoom } from './pod-registry.ts';
import { SessionVault } from './session-vault.ts';
import { SlackThreads } from './slack-threads.ts';
import { SoakProcess, type ProcessParts } from './soak-processes.ts';
import type { SoakRecord } from './soak-record.ts';
import { shape } from './soak-settings.ts';
import type { ChildSettings, HostVerbs, IngressVerbs, LauncherVerbs, MainVerbs } from './soak-verbs.ts';

/** Less than a lease is good for without a renewal. */
const DEAF_MS = 2_500;

export type FleetParts = {
  readonly settings: ChildSettings;
  readonly dice: Dice;
  readonly strike: Strike;
  readonly endLease: (user: UserKey) => void;
  readonly record: SoakRecord;
};

export type Fleet = AsyncDisposable & {
  readonly slack: SlackThreads;
  readonly hosts: readonly SoakProcess<HostVerbs>[];
  readonly launchers: readonly SoakProcess<LauncherVerbs>[];
  readonly ingresses: readonly SoakProcess<IngressVerbs>[];
};

/** Resolves when all of them are ready for work. */
export async function startFleet(parts: FleetParts): Promise<Fleet> {
  const { dice, strike, endLease, record, settings } = parts;
  let isOver = false;
  const onEvent = (text: string): void => record.happened(text);
  const watch = new LeaseWatch((text) => record.broken('late step', text));
  // The lease is gone before its deadline, as after a jump of Redis's clock, and whoever has it hears of it late.
  const expireLease = (user: UserKey): void => {
    endLease(user);
    const owner = watch.holder(user);
    if (owner !== undefined) pods.deafen(owner, DEAF_MS);
  };
  const shared = { dice, strike, expireLease, untilTakenOver: watch.untilTakenOver.bind(watch) };
  const vault = new SessionVault({ ...shared, onLateCommit: (text) => record.broken('late commit', text) });
  const slack = new SlackThreads({
    ...shared,
    waiting: (person) => record.ledger.waiting(person),
    onSaid: (said) => record.said(said),
  });
  const rooms = new Map<SoakProcess<HostVerbs>, HostRoom>();
  const pods = new PodRegistry({
    dice,
    strike,
    hosts: () => [...rooms.values()],
    hasAcquired: ({ user, owner }: Holder) => watch.hasAcquired(user, owner),
    onEnd: (pod) => {
      for (const launcher of watching) launcher.peer.tell('podEnded', pod);
    },
  });
  record.watch(watch, pods);
  const watching = new Set<SoakProcess<LauncherVerbs>>();

  const common = commonVerbs({ record, watch, vault, slack, pods });
  const launcherVerbs = (launcher: SoakProcess<LauncherVerbs>): MainVerbs => ({
    ...common,
    ready: () => launcher.becomeReady(),
    watchPods() {
      watching.add(launcher);
      for (const pod of pods.ended()) launcher.peer.tell('podEnded', pod);
    },
  });
  const of = <V extends { [K in keyof V]: (args: never) => unknown }>(
    many: number,
    own: Pick<ProcessParts<V>, 'program' | 'handlers'> & { onGone?: (gone: SoakProcess<V>) => void },
  ): SoakProcess<V>[] =>
    Array.from({ length: many }, () => {
      const onEnd = (gone: SoakProcess<V>, fault: string | undefined): void => {
        own.onGone?.(gone);
        if (fault !== undefined && !isOver) record.broken('defect', fault);
      };
      return new SoakProcess<V>({ ...own, settings, onEnd, isOver: () => isOver, onEvent });
    });

  const hosts = of<HostVerbs>(shape.hosts, {
    program: './host-process.ts',
    handlers: (host) => ({ ...common, ready: () => host.becomeReady() }),
    onGone(host) {
      const room = rooms.get(host);
      if (room === undefined) return;
      pods.hostEnded(room, (owner) => !strike('vanish-runner', 0.2, owner));
    },
  });
  for (const host of hosts) rooms.set(host, roomOf(host));
  const launchers = of<LauncherVerbs>(shape.launchers, {
    program: './launcher-process.ts',
    handlers: launcherVerbs,
    onGone: (launcher) => void watching.delete(launcher),
  });
  const ingresses = of<IngressVerbs>(shape.ingresses, {
    program: './ingress-process.ts',
    handlers: (ingress) => ({ ...common, ready: () => ingress.becomeReady() }),
  });
  const all = [...hosts, ...launchers, ...ingresses];
  for (const one of all) one.start();
  // However this process ends, none of them stays.
  const killAll = (): void => all.forEach((one) => one.kill());
  process.once('exit', killAll);
  await Promise.all(all.map((one) => one.ready));
  return {
    slack,
    hosts,
    launchers,
    ingresses,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await Promise.all(all.map((one) => one.end()));
      process.removeListener('exit', killAll);
    },
  };
}

function roomOf(host: SoakProcess<HostVerbs>): HostRoom {
  return {
    isReady: () => host.isReady,
    start: (order) => host.peer.tell('startLife', order),
    kill: (owner) => host.peer.tell('killLife', owner),
    drain: (owner) => host.peer.tell('drainLife', owner),
    deafen: (order) => host.peer.tell('deafenLife', order),
  };
}

type Ears = {
  readonly record: SoakRecord;
  readonly watch: LeaseWatch;
  readonly vault: SessionVault;
  readonly slack: SlackThreads;
  readonly pods: PodRegistry;
};

function commonVerbs({ record, watch, vault, slack, pods }: Ears): MainVerbs {
  return {
    createPod: (spec) => pods.create(spec),
    lookPod: (name) => pods.look(name),
    listPods: () => pods.list(),
    stopPod: ({ uid, graceMs }) => pods.stop(uid, graceMs),
    removePod: (uid) => pods.remove(uid),
    watchPods: () => undefined,
    ready: () => undefined,
    lifeEnded(end) {
      if (end.isSeen) pods.lifeEnded(end);
      else pods.lifeEnded({ owner: end.owner, reason: 'killed' }, false);
    },
    post: (said) => slack.post(said),
    messages: (of) => slack.messages(of),
    readManifest: (user) => vault.read(user),
    writeManifest: (write) => vault.write(write),
    putArchive: (archive) => vault.putArchive(archive),
    getArchive: (at) => vault.getArchive(at),
    changedHands(step) {
      if (step.name === 'acquire') watch.acquired(step);
      if (step.name === 'claim') vault.claimed(step.holder);
      if (step.name === 'release') watch.released(step);
    },
    taken: (steps) => void watch.taken(steps),
    woke: (source) => record.woke(source),
    struck: (kind) => record.struck(kind),
    defect: (text) => record.broken('defect', text),
    failed: (text) => record.failed(text),
  };
}

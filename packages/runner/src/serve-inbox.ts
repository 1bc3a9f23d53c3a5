// The life of a runner once it holds the lease: claim, read, turns, until it sleeps, hands over, or has lost the lease.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventTransport, InboxReader, KeptThreads, ReplySink, ThreadStatus } from '@runnel/shared';
import { exitCode, type Logger } from '@runnel/shared/process';
import type { PermissionPolicy } from './agent/agent-provider.ts';
import type { AgentRegistry } from './agent/agent-registry.ts';
import type { FileSource } from './attached/file-source.ts';
import { decideIdle } from './decide-idle.ts';
import { drainRunner } from './drain-runner.ts';
import type { HeldLease } from './lease/hold-lease.ts';
import { publishEvents } from './progress/publish-events.ts';
import { showProgress, type Progress } from './progress/show-progress.ts';
import { readInbox, type Inbox } from './read-inbox.ts';
import { sayAsleep } from './say-asleep.ts';
import { sessionFiles } from './session/session-files.ts';
import { SessionLanes } from './session/session-lanes.ts';
import { claimManifest } from './store/claim-manifest.ts';
import type { SessionArchiver } from './store/session-archiver.ts';
import type { SessionStore } from './store/session-store.ts';
import { mayPost } from './turn/post-answer.ts';
import { ThreadAgents } from './turn/thread-agents.ts';
import { turnSlots } from './turn/turn-slots.ts';
import { workspaces, type WorkspaceParts } from './workspace/workspaces.ts';

/** The ports of a runner. */
export type RunnerPorts = {
  readonly delivery: InboxReader;
  /** On a connection of its own: it blocks. */
  readonly blocking: Pick<InboxReader, 'next'>;
  readonly onReconnect: (listener: () => void) => void;
  readonly store: SessionStore;
  readonly archiver: SessionArchiver;
  readonly agents: AgentRegistry;
  /** Without it each session has an empty folder. */
  readonly repositories?:
    | Pick<WorkspaceParts, 'forge' | 'findPerson' | 'repository' | 'choosable' | 'depth' | 'path'>
    | undefined;
  /** Where what people attach comes from. */
  readonly fileSource: FileSource;
  readonly kept: Pick<KeptThreads, 'note' | 'forget'>;
  readonly replies: ReplySink;
  readonly status: ThreadStatus;
  readonly localEvents: EventTransport;
  readonly events: EventTransport;
  readonly decode: (text: string) => string;
  readonly log: Logger;
};

/** Durations in milliseconds. */
export type ServeSettings = {
  readonly home: string;
  readonly leaseMs: number;
  readonly callTimeoutMs: number;
  /** In a turn that takes longer, the files are saved this often. */
  readonly checkpointMs: number;
  readonly seenMs: number;
  readonly turnConcurrency: number;
  /** How many prompts of a session wait for their person at most. */
  readonly maxBacklog: number;
  /** What an agent may do without asking. */
  readonly policy: PermissionPolicy;
  /** After this a parked ask counts as denied. */
  readonly permissionTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly drainMs: number;
  readonly inboxTickMs: number;
};

export type Life = {
  readonly lease: HeldLease;
  readonly settings: ServeSettings;
  /** Asks to drain. */
  readonly signal: AbortSignal;
};

const FLUSH_EVENTS_MS = 500;
const LACKING_TICK_MS = 100;
/** What a timer of Node can take. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Resolves with the exit code. Rejects with what nobody foresaw, or what kept the manifest from being claimed. */
export async function serveInbox(ports: RunnerPorts, life: Life): Promise<number> {
  const { lease } = life;
  const events = publishEvents({ user: lease.holder.user, local: ports.localEvents, mirror: ports.events });
  const lost = Promise.withResolvers<'lost'>();
  lease.lost.addEventListener('abort', () => lost.resolve('lost'));
  const end = await Promise.race([lost.promise, live(ports, life, events.tell)]);
  if (end === 'lost') ports.log.error({ err: lease.lost.reason as unknown }, 'lease lost, ending without a trace');
  events.tell({ type: 'runner.exited', data: { end } });
  await events.flush(end === 'lost' ? 0 : FLUSH_EVENTS_MS);
  return end === 'lost' ? exitCode.superseded : exitCode.ok;
}

async function live(ports: RunnerPorts, life: Life, tell: Tell): Promise<'asleep' | 'drained'> {
  const { lease, settings, signal } = life;
  const { user, generation, owner } = lease.holder;
  const startedAt = performance.now();
  const closed = new AbortController();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const over = AbortSignal.any([lease.lost, closed.signal]);
  try {
    const { lanes, progress } = await startLanes(ports, { ...life, over, tell, fail: failed.reject });
    tell({ type: 'runner.started', data: { generation, owner } });
    const take: SessionLanes['take'] = (entries, cameLater) => lanes.take(entries, cameLater);
    const inbox = await readInbox({
      ...ports,
      user,
      tickMs: settings.inboxTickMs,
      take,
      over: AbortSignal.any([over, signal]),
    });
    const quiet = await Promise.race([
      failed.promise,
      untilQuiet({ ...ports, life, lanes, progress, inbox, startedAt }),
    ]);
    if (quiet.kind === 'asleep') {
      await sayAsleep({ ...ports, holder: lease.holder }, lanes.served(), quiet.askedAt);
      return 'asleep';
    }
    const closeAll = (): void => closed.abort(new Error('The drain is over.'));
    if (quiet.kind === 'hand_over') {
      await drainRunner({ lease, lanes, progress, closeAll, drainMs: settings.drainMs, log: ports.log });
    }
    return 'drained';
  } catch (error) {
    // Asked to drain before there was anything to drain.
    if (!signal.aborted || error !== signal.reason) throw error;
    await lease.release('drain', AbortSignal.timeout(settings.drainMs));
    return 'drained';
  } finally {
    // What still reads or repeats would do so for as long as the process lives.
    closed.abort(new Error('This life is over.'));
  }
}

type Tell = ReturnType<typeof publishEvents>['tell'];

type Beginning = Life & {
  readonly over: AbortSignal;
  readonly tell: Tell;
  readonly fail: (reason: unknown) => void;
};

/** Claims the manifest and makes everything that a turn needs. */
async function startLanes(ports: RunnerPorts, beginning: Beginning) {
  const { lease, settings, signal, over, tell, fail } = beginning;
  const { callTimeoutMs, checkpointMs, maxBacklog, policy, permissionTimeoutMs } = settings;
  const inHand = new Set<string>();
  const guard = { lease, callTimeoutMs, over };
  const manifest = await claimManifest(
    { ...ports, ...settings, lease, over, isInHand: (identity) => inHand.has(identity) },
    { patienceMs: settings.leaseMs, signal },
  );
  const progress = showProgress({
    ...ports,
    user: lease.holder.user,
    events: ports.localEvents,
    mayPost: () => mayPost(guard),
    mayUpdate: () => !over.aborted && lease.fits(callTimeoutMs),
  });
  const files = sessionFiles({ ...ports, ...guard, user: lease.holder.user, home: settings.home, manifest });
  const work = ports.repositories;
  const about = {
    user: lease.holder.user,
    home: settings.home,
    manifest,
    mayPush: () => mayPost(guard),
    log: ports.log,
  };
  const slots = turnSlots(settings.turnConcurrency);
  const lanes = new SessionLanes({
    parts: {
      ...ports,
      ...guard,
      checkpointMs,
      policy,
      permissionTimeoutMs,
      maxHeld: maxBacklog,
      manifest,
      agents: new ThreadAgents(ports.agents, manifest),
      files,
      titles: new Map(),
      workspaces: work === undefined ? undefined : workspaces({ ...work, ...about }),
      slots,
      cardOf: progress.cardOf,
      tell,
    },
    inHand,
    fail,
  });
  return { lanes, progress };
}

type Watch = {
  readonly delivery: Pick<InboxReader, 'keptAwakeMs'>;
  readonly life: Life;
  readonly lanes: SessionLanes;
  readonly progress: Progress;
  readonly inbox: Inbox;
  readonly startedAt: number;
};

type Quiet =
  | { readonly kind: 'asleep'; readonly askedAt: number }
  /** The lease is not ours any more: released with its answer lost, or taken. */
  | { readonly kind: 'gone' }
  /** The signal came, or this runner has lived long enough. */
  | { readonly kind: 'hand_over' };

async function untilQuiet({ delivery, life, lanes, progress, inbox, startedAt }: Watch): Promise<Quiet> {
  const { lease, settings, signal } = life;
  const over = AbortSignal.any([signal, lease.lost, lanes.handedOver]);
  while (!over.aborted) {
    const { isBusy, lastActivityEnd, waitingSince } = lanes;
    const now = performance.now();
    const decision = decideIdle({
      now,
      startedAt,
      ...settings,
      isBusy,
      isLacking: lanes.lacking.aborted,
      lastActivityEnd,
      waitingSince,
    });
    if (decision.kind === 'hand_over') return decision;
    if (decision.kind === 'park') {
      lanes.park(now - settings.idleTimeoutMs);
      continue;
    }
    const restMs = decision.kind === 'wait' ? decision.ms : await restOfStay({ delivery, life, startedAt });
    if (restMs > 0) {
      await restUnlessLacking(restMs, lanes.lacking, over);
      continue;
    }
    // After the release nothing may be shown any more but that it sleeps.
    await Promise.race([progress.settled(), once(over, 'abort')]);
    if (lanes.isBusy || over.aborted) continue;
    // What comes from here on is taken and not begun: if the release goes through it belongs to a successor.
    lanes.hold();
    await Promise.race([lanes.parkAll(), once(over, 'abort')]);
    const askedAt = performance.now();
    const answer = await lease.release('idle', over).catch(() => undefined);
    if (answer?.kind === 'released') return { kind: 'asleep', askedAt };
    if (answer?.kind === 'lost') return { kind: 'gone' };
    await inbox.readAgain().catch(() => undefined);
    lanes.resume();
  }
  return { kind: 'hand_over' };
}

/** Until what is under way has ended a runner without a credential goes on. */
async function restUnlessLacking(restMs: number, lacking: AbortSignal, over: AbortSignal): Promise<void> {
  const longest = lacking.aborted ? LACKING_TICK_MS : LONGEST_TIMER_MS;
  const signal = lacking.aborted ? over : AbortSignal.any([over, lacking]);
  await sleep(Math.min(restMs, longest), undefined, { signal }).catch(() => undefined);
}

/** It may be taken back: looked at again after each idle time. */
async function restOfStay({
  delivery,
  life: { lease, settings },
  startedAt,
}: Pick<Watch, 'delivery' | 'life' | 'startedAt'>): Promise<number> {
  const ms = await delivery.keptAwakeMs(lease.holder.user).catch(() => 0);
  return Math.min(ms, settings.idleTimeoutMs, startedAt + settings.maxLifetimeMs - performance.now());
}

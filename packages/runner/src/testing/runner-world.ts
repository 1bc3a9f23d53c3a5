// A person with an inbox, a thread to look at and a store, in memory; runners of theirs are started by the test, one life each.
import { EventEmitter } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import {
  processEventTransport,
  sessionKey,
  type AttachedFile,
  type EntryPayload,
  type Holder,
  type InboxReader,
  type ReplyButton,
  type SessionKey,
  type UserKey,
} from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import {
  deliveryTestSettings,
  MemoryDelivery,
  memoryKeptThreads,
  memoryReplySink,
  memoryThreadStatus,
} from '@runnel/shared/testing';
import { expect, onTestFinished, vi } from 'vitest';
import type { AgentProvider } from '../agent/agent-provider.ts';
import { onlyAgent } from '../agent/agent-registry.ts';
import { scriptedProvider } from '../agent/scripted-provider.ts';
import { memoryFileSource } from '../attached/memory-file-source.ts';
import { acquireLease } from '../lease/acquire-lease.ts';
import { holdLease, type HeldLease } from '../lease/hold-lease.ts';
import { LeaseMemory } from '../lease/lease-memory.ts';
import { serveInbox, type RunnerPorts, type ServeSettings } from '../serve-inbox.ts';
import { memorySessionStore } from '../store/memory-session-store.ts';
import type { SessionArchiver } from '../store/session-archiver.ts';

export const settings: Omit<ServeSettings, 'home'> = {
  leaseMs: 4_000,
  callTimeoutMs: 500,
  checkpointMs: 60_000,
  seenMs: 60_000,
  turnConcurrency: 2,
  maxBacklog: 5,
  policy: 'full',
  permissionTimeoutMs: 600_000,
  idleTimeoutMs: 60_000,
  maxLifetimeMs: 600_000,
  drainMs: 1_200,
  inboxTickMs: 50,
};

export type RunnerLife = {
  readonly lease: HeldLease;
  readonly end: Promise<number>;
  drain(): void;
  /** Its process ends. */
  exit(): void;
};

/** A message with buttons, as it stood when it was looked at. */
export type Pressable = { readonly ts: string; readonly buttons: readonly ReplyButton[] };

type Deciding = {
  readonly under?: Pressable;
  readonly at?: number;
  readonly in_?: string;
  /** Written, instead of pressed. */ readonly text?: string;
};

type Saying = {
  readonly early?: boolean;
  readonly files?: AttachedFile[];
  /** As an earlier version has them. */
  readonly fileNames?: string[];
};

export type RunnerWorld = Awaited<ReturnType<typeof runnerWorld>>;

/** Answers with what was said. */
export const echo = scriptedProvider((request) => [{ say: request.text }]);

export function until(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, { timeout: 60_000, interval: 5 });
}

export function emptied(world: RunnerWorld): Promise<unknown> {
  return until(async () => expect(await world.delivery.backlog(world.user)).toEqual([]));
}

let people = 0;

export async function runnerWorld() {
  const user: UserKey = `T0:U${(people += 1)}`;
  const home = await mkdtemp(join(tmpdir(), 'runnel-runner-'));
  const delivery = new MemoryDelivery({ ...deliveryTestSettings, leaseMs: settings.leaseMs, maxBacklog: 100 });
  const replies = memoryReplySink();
  const status = memoryThreadStatus();
  const store = memorySessionStore();
  const fileSource = memoryFileSource();
  const kept = memoryKeptThreads();
  const lives: RunnerLife[] = [];
  let messages = 0;
  onTestFinished(async () => {
    for (const life of lives) life.drain();
    await Promise.allSettled(lives.map((life) => life.end));
    // Whoever neither lost its lease nor gave it back would renew it for as long as its process runs: that of many a test.
    for (const life of lives) life.exit();
    await rm(home, { recursive: true, force: true });
  });
  const thread = (name: string): SessionKey => sessionKey('T0', { channel: 'D0', threadTs: `${name}.0` });

  const pressable = (in_ = '1'): Pressable => {
    const under = replies
      .posts()
      .findLast(({ reply }) => reply.buttons !== undefined && reply.thread.threadTs === `${in_}.0`);
    if (under?.reply.buttons === undefined) throw new Error('There is no button to press.');
    return { ts: under.ts, buttons: under.reply.buttons };
  };
  const enqueue = async (identity: string, payload: EntryPayload): Promise<string> => {
    await delivery.enqueue({ user, identity, payload });
    return identity;
  };
  return {
    user,
    home,
    delivery,
    replies,
    status,
    store,
    fileSource,
    kept,
    thread,
    /** Appends a prompt; resolves to its identity. It is written after whatever stands there, unless it is an `early` one. */
    say(text: string, in_ = '1', { early = false, files, fileNames }: Saying = {}): Promise<string> {
      messages += 1;
      const ts = `${(early ? 1_000 : 1_900_000_000) + messages}.0`;
      return enqueue(`T0:D0:${ts}`, {
        v: 1,
        type: 'prompt',
        session: thread(in_),
        author: 'U1',
        at: Date.now(),
        ts,
        text,
        fileNames: fileNames ?? files?.map(({ name }) => name) ?? [],
        files,
      });
    },
    stop: (in_ = '1') =>
      enqueue(`stop-${(messages += 1)}`, { v: 1, type: 'stop', session: thread(in_), author: 'U1', at: Date.now() }),
    /** A launcher that has a credential found what was kept. */
    runKept: (in_ = '1', agent = 'scripted') =>
      enqueue(`kept:${(messages += 1)}`, {
        v: 1,
        type: 'run_kept',
        session: thread(in_),
        author: 'U1',
        at: Date.now(),
        agent,
      }),
    edit: (target: string, text: string, in_ = '1') =>
      enqueue(`edit-${(messages += 1)}`, {
        v: 1,
        type: 'edit',
        session: thread(in_),
        author: 'U1',
        at: Date.now(),
        target,
        text,
      }),
    /** The person presses a button under the newest message that has it, or under the given one. */
    press(action: 'run_now' | 'discard', under?: Pressable, in_ = '1'): Promise<string> {
      const { ts, buttons } = under ?? pressable(in_);
      const target = buttons.find((button) => button.action === action)?.value ?? '';
      return enqueue(`${action}-${(messages += 1)}`, {
        v: 1,
        type: action,
        session: thread(in_),
        author: 'U1',
        at: Date.now(),
        target,
        message: ts,
      });
    },
    pressable,
    /** The person presses that button of the newest card, or of the given one. */
    decide(label: string, { under, at = Date.now(), in_ = '1', text }: Deciding = {}): Promise<string> {
      const { ts, buttons } = under ?? pressable(in_);
      const button = buttons.find((one) => [one.action, one.label].includes(label));
      const [target = '', place] = (button?.value ?? '').split(' ');
      const pressed = place === undefined ? (button?.action as 'allow' | 'always' | 'deny') : Number(place);
      const chosen = text === undefined ? pressed : { text };
      return enqueue(`decision-${(messages += 1)}`, {
        v: 1,
        type: 'decision',
        session: thread(in_),
        author: 'U1',
        at,
        target,
        message: ts,
        chosen,
      });
    },
    remove: (target: string, in_ = '1') =>
      enqueue(`delete-${(messages += 1)}`, {
        v: 1,
        type: 'delete',
        session: thread(in_),
        author: 'U1',
        at: Date.now(),
        target,
      }),
    /** What the person reads in a thread, cards aside. */
    read: (in_ = '1'): string[] =>
      replies
        .posts()
        .flatMap(({ reply }) => (reply.kind !== 'card' && reply.thread.threadTs === `${in_}.0` ? [reply.text] : [])),
    /** Starts the runner of the launch that waits. */
    async start(provider: AgentProvider, changes: Partial<RunnerPorts & ServeSettings> = {}): Promise<RunnerLife> {
      const { generation } = await delivery.lease(user);
      const holder: Holder = { user, generation, owner: `pod-${lives.length + 1}` };
      const agents = onlyAgent(provider);
      const life = await startLife({ holder, ports: { ...plainPorts(), agents, ...changes }, changes });
      lives.push(life);
      return life;
    },
    /** The launcher sees that the last runner ended, and launches the next one. */
    async relaunch(counted = true): Promise<void> {
      const { generation, owner } = await delivery.lease(user);
      await delivery.end({ user, generation, owner, cause: '', counted });
      await delivery.reopen(user);
    },
    /** The records of the manifest as it stands. */
    async manifest() {
      return (await store.readManifest(user))?.manifest;
    },
  };

  function plainPorts(): Omit<RunnerPorts, 'agents'> {
    return {
      delivery,
      blocking: delivery,
      onReconnect: () => undefined,
      store,
      archiver: oneFileArchiver,
      fileSource,
      kept,
      replies,
      status,
      localEvents: processEventTransport(),
      events: processEventTransport(),
      decode: (text) => text,
      log: createLogger('test', 'silent'),
    };
  }

  async function startLife({
    holder,
    ports,
    changes,
  }: {
    holder: Holder;
    ports: RunnerPorts;
    changes: Partial<ServeSettings>;
  }): Promise<RunnerLife> {
    const signal = new AbortController();
    const memory = new LeaseMemory();
    const { log } = ports;
    const answer = await acquireLease({
      delivery: ports.delivery,
      holder,
      memory,
      leaseMs: settings.leaseMs,
      marginMs: 500,
      log,
    });
    if (answer !== 'ok') throw new Error(`acquire answered ${answer}`);
    const durations = { leaseMs: settings.leaseMs, marginMs: 500, renewalMs: 1_000 };
    const renewals = stillThread(memory);
    const lease = holdLease({
      delivery: ports.delivery,
      holder,
      memory,
      thread: renewals,
      ...durations,
      log,
    });
    const end = serveInbox(ports, { lease, settings: { ...settings, home, ...changes }, signal: signal.signal });
    end.catch(() => undefined);
    return { lease, end, drain: () => signal.abort(), exit: () => void renewals.emit('exit') };
  }
}

/** The runner's face of a delivery, to change one verb of. */
export function readerOf(delivery: InboxReader): InboxReader {
  return {
    acquire: (...args) => delivery.acquire(...args),
    begin: (...args) => delivery.begin(...args),
    acknowledge: (...args) => delivery.acknowledge(...args),
    renew: (...args) => delivery.renew(...args),
    forget: (...args) => delivery.forget(...args),
    release: (...args) => delivery.release(...args),
    backlog: (...args) => delivery.backlog(...args),
    next: (...args) => delivery.next(...args),
    tries: (...args) => delivery.tries(...args),
    keptAwakeMs: (...args) => delivery.keptAwakeMs(...args),
  };
}

/** No renewal thread: the deadline is far away for us, and the main thread renews. */
function stillThread(memory: LeaseMemory): Worker {
  memory.deadline += 3_600_000_000_000n;
  return Object.assign(new EventEmitter(), { unref: () => undefined }) as unknown as Worker;
}

/** Keeps the one file `note` of a session. */
const oneFileArchiver: SessionArchiver = {
  async pack(directory, file) {
    await writeFile(file, await readFile(join(directory.files, 'note')).catch(() => ''));
    return { kind: 'whole', leftOut: [] };
  },
  async unpack(file, directory) {
    await writeFile(join(directory.files, 'note'), await readFile(file), { flag: 'wx' });
    return undefined;
  },
};

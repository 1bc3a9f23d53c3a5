// One runner inside a host: the shipped stages from the lease to the release, and ways to die.
import { EventEmitter } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import {
  acquireLease,
  holdLease,
  LeaseMemory,
  memoryFileSource,
  onlyAgent,
  serveInbox,
  type RunnerPorts,
} from '@runnel/runner/serving';
import { processEventTransport, type EventTransport, type ThreadStatus } from '@runnel/shared';
import { exitCode, type Logger } from '@runnel/shared/process';
import { decodeSlackText, slackReplySink } from '@runnel/shared/slack';
import { memoryKeptThreads } from '@runnel/shared/testing';
import type { WebClient } from '@slack/web-api';
import type { Dice } from './dice.ts';
import { numberedAgent } from './numbered-agent.ts';
import type { Peer } from './peer.ts';
import type { RenewalOrder, RenewalReport } from './renewal-thread.ts';
import type { CommandConnection, RunnerConnections } from './runner-connections.ts';
import { slackOverChannel } from './slack-over-channel.ts';
import { durations, shape } from './soak-settings.ts';
import type { LifeOrder, MainVerbs, PodEnd } from './soak-verbs.ts';
import { archiverOn, storeOverChannel, type PodDisk } from './store-over-channel.ts';
import { whileAlive } from './while-alive.ts';

export type HostParts = {
  readonly main: Peer<MainVerbs>;
  readonly connections: RunnerConnections;
  readonly renew: (order: RenewalOrder) => void;
  readonly dice: Dice;
  readonly folder: string;
  readonly log: Logger;
  readonly onEnd: (life: RunnerLife, end: PodEnd | 'vanished') => void;
};

const silentStatus: ThreadStatus = {
  working: async () => undefined,
  stage: async () => undefined,
  rest: async () => undefined,
  mark: async () => undefined,
};
const nobodyListens: EventTransport = { ...processEventTransport(), publish: async () => undefined };

export class RunnerLife {
  readonly order: LifeOrder;
  readonly commands: CommandConnection;
  readonly #parts: HostParts;
  readonly #memory = new LeaseMemory();
  /** What a runner's renewal thread is to it. */
  readonly #thread = Object.assign(new EventEmitter(), { unref: () => undefined });
  readonly #draining = new AbortController();
  readonly #onDeath: (() => void)[] = [];
  #isDead = false;

  constructor(parts: HostParts, order: LifeOrder) {
    this.#parts = parts;
    this.order = order;
    this.commands = parts.connections.shared(order.number);
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  async run(): Promise<void> {
    const { owner } = this.order;
    try {
      const code = await this.#live();
      this.#end({ owner, reason: 'exited', exitCode: code });
    } catch (error) {
      if (!this.#isDead) this.#parts.main.tell('failed', error instanceof Error ? error.message : String(error));
      this.#end({ owner, reason: 'exited', exitCode: exitCode.failed });
    }
  }

  /** From here on it does nothing more; whoever looks after it says how it ended. */
  die(end: PodEnd | 'vanished'): void {
    this.#end(end);
  }

  drain(): void {
    this.#draining.abort(new Error('asked to drain'));
  }

  hear(news: RenewalReport['news']): void {
    if (news.kind === 'end') this.die({ owner: this.order.owner, reason: 'killed' });
    else this.#thread.emit('message', news);
  }

  async #live(): Promise<number> {
    const { log, renew, folder } = this.#parts;
    const { leaseMs, marginMs, renewalMs } = durations;
    const { user, generation, owner } = this.order;
    const holder = { user, generation, owner };
    const delivery = whileAlive(this.commands.delivery, this);
    const memory = this.#memory;
    const answer = await acquireLease({ delivery, holder, memory, leaseMs, marginMs, log });
    // A process that died at the end of that very step renews nothing.
    if (this.#isDead) return exitCode.failed;
    if (answer === 'stale') return exitCode.ok;
    if (answer === 'busy') return exitCode.busy;
    renew({ kind: 'hold', holder, memory: memory.buffer });
    const thread = this.#thread as unknown as Worker;
    const lease = holdLease({ delivery, holder, memory, thread, leaseMs, marginMs, renewalMs, log });
    const settings = {
      ...durations,
      policy: 'full' as const,
      turnConcurrency: shape.turnConcurrency,
      home: join(folder, owner),
    };
    const blocking = this.#openBlocking();
    return serveInbox(this.#ports(delivery, blocking), { lease, settings, signal: this.#draining.signal });
  }

  #ports(delivery: RunnerPorts['delivery'], blocking: RunnerPorts['blocking']): RunnerPorts {
    const { main, dice, log } = this.#parts;
    const disk: PodDisk = { turns: new Map(), files: new Map() };
    const { chat, conversations } = slackOverChannel(main, this.order.owner);
    const slack = { chat: whileAlive(chat, this), conversations: whileAlive(conversations, this) } as WebClient;
    return {
      delivery,
      blocking,
      onReconnect: (listener) => void this.commands.onReady.add(this.#whileAlive(listener)),
      store: whileAlive(storeOverChannel(main, this.order, disk), this),
      archiver: archiverOn(disk),
      agents: onlyAgent(numberedAgent(dice, disk)),
      fileSource: memoryFileSource(),
      kept: memoryKeptThreads(),
      replies: slackReplySink(slack),
      status: silentStatus,
      localEvents: processEventTransport(),
      events: nobodyListens,
      decode: decodeSlackText,
      log,
    };
  }

  /** A connection of its own, for another runner once nothing blocks on it. */
  #openBlocking(): RunnerPorts['blocking'] {
    const { connections } = this.#parts;
    const connection = connections.takeBlocking();
    let isUsed = false;
    const giveBack = (): void => {
      if (this.#isDead && !isUsed) connections.giveBack(connection);
    };
    this.#onDeath.push(giveBack);
    return {
      next: async (...args) => {
        isUsed = true;
        try {
          return await connection.delivery.next(...args);
        } finally {
          isUsed = false;
          giveBack();
        }
      },
    };
  }

  #whileAlive(listener: () => void): () => void {
    this.#onDeath.push(() => void this.commands.onReady.delete(once));
    const once = (): void => {
      if (!this.#isDead) listener();
    };
    return once;
  }

  #end(end: PodEnd | 'vanished'): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#parts.renew({ kind: 'let_go', owner: this.order.owner });
    // What a process takes with it: every timer and every loop that its end would have ended.
    this.#memory.moveTo('lost');
    this.#thread.emit('exit', 0);
    for (const bury of this.#onDeath) bury();
    void rm(join(this.#parts.folder, this.order.owner), { recursive: true, force: true }).catch(() => undefined);
    this.#parts.onEnd(this, end);
  }
}

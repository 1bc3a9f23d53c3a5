// One process of a benchmark's fleet and the way to speak with it: questions that are answered, and news.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Holder, UserKey } from '@runnel/shared';
import type { StageRecord } from './record-stages.ts';

/** What a process has used of the machine since it started, and holds now. */
export type Usage = { readonly cpuMs: number; readonly rssMb: number };

/** What may be asked: argument and answer. */
export type LauncherQuestions = {
  usage: [argument: null, answer: Usage];
  ended: [argument: UserKey, answer: null];
};
export type ClusterLauncherQuestions = {
  usage: [argument: null, answer: Usage];
  /** The calls of the Kubernetes API since the last time, each as its method, watches as `GET watch`. */
  calls: [argument: null, answer: readonly string[]];
  /** Milliseconds of the reconciler's looks since the last time. */
  looks: [argument: null, answer: readonly number[]];
};
export type RunnerQuestions = {
  live: [argument: Holder, answer: null];
  /** The runners of these people hand over and end. */
  drain: [argument: readonly UserKey[], answer: null];
  /** What was recorded since the last time. */
  stages: [argument: null, answer: readonly StageRecord[]];
};

/** What is told without being asked. `at` is in ms of the machine's monotonic clock. */
export type News =
  | { readonly kind: 'ready' }
  | { readonly kind: 'pod'; readonly holder: Holder }
  | { readonly kind: 'line'; readonly channel: string; readonly line: string; readonly at: number }
  | { readonly kind: 'created'; readonly user: UserKey; readonly at: number }
  | { readonly kind: 'acquired'; readonly user: UserKey; readonly at: number }
  | { readonly kind: 'ended'; readonly user: UserKey };

type Question = { readonly id: number; readonly verb: string; readonly argument: unknown };
type Message = { readonly news: News } | { readonly id: number; readonly answer: unknown };

/** One clock for all processes: CLOCK_MONOTONIC, in milliseconds. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class FleetProcess<Q extends { [V in keyof Q]: [unknown, unknown] }> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, (answer: unknown) => void>();
  readonly ready: Promise<void>;
  #asked = 0;

  constructor(program: string, args: readonly string[], onNews: (news: News) => void) {
    const file = fileURLToPath(new URL(program, import.meta.url));
    this.#child = fork(file, args, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Hundreds of runners share a process here; each of them has four threads for files in life.
      env: { ...process.env, UV_THREADPOOL_SIZE: '64' },
    });
    const kill = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.#child.once('exit', () => process.removeListener('exit', kill));
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    this.#child.once('exit', (code) => ready.reject(new Error(`${program} ended with ${code}.`)));
    this.#child.on('message', (message: Message) => {
      if ('id' in message) {
        this.#open.get(message.id)?.(message.answer);
        this.#open.delete(message.id);
      } else if (message.news.kind === 'ready') ready.resolve();
      else onNews(message.news);
    });
  }

  async ask<V extends keyof Q & string>(verb: V, argument: Q[V][0]): Promise<Q[V][1]> {
    const id = (this.#asked += 1);
    const answer = new Promise<unknown>((resolve) => this.#open.set(id, resolve));
    this.#child.send({ id, verb, argument } satisfies Question);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

type Verbs<Q extends { [V in keyof Q]: [unknown, unknown] }> = {
  [V in keyof Q]: (argument: Q[V][0]) => Q[V][1] | Promise<Q[V][1]>;
};

/** In the process itself: answers its parent, and ends with it. */
export function answerParent<Q extends { [V in keyof Q]: [unknown, unknown] }>(verbs: Verbs<Q>): void {
  // oxlint-disable-next-line no-unsafe-type-assertion -- each verb gets the argument that its own type asks for
  const byName = new Map(Object.entries(verbs) as [string, (argument: unknown) => unknown][]);
  process.once('disconnect', () => process.exit());
  process.on('message', (question: Question) => {
    void Promise.resolve(byName.get(question.verb)?.(question.argument)).then((answer) =>
      process.send?.({ id: question.id, answer } satisfies Message),
    );
  });
}

export function tellParent(news: News): void {
  process.send?.({ news } satisfies Message);
}

// The processes of a soak's fleet: started, killed, stopped and continued, and started anew when they are gone.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { peerOver, type Peer } from './peer.ts';
import type { ChildSettings, MainVerbs } from './soak-verbs.ts';

type Verbs<V> = { [K in keyof V]: (args: never) => unknown };

/** One place in the fleet; whoever is in it changes. */
export class SoakProcess<V extends Verbs<V> & { standStill?(none: null): void }> {
  readonly #parts: ProcessParts<V>;
  #child: ChildProcess | undefined;
  #peer: Peer<V> | undefined;
  readonly #ready = Promise.withResolvers<void>();
  #state: 'starting' | 'ready' | 'stopped' | 'gone' = 'gone';

  constructor(parts: ProcessParts<V>) {
    this.#parts = parts;
  }

  get #name(): string {
    return `${this.#parts.program.replace(/^\.\/|-process\.ts$/g, '')} ${this.#child?.pid ?? 0}`;
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** Resolves when it is ready for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  becomeReady(): void {
    if (this.#state === 'starting') this.#state = 'ready';
    this.#ready.resolve();
  }

  get isStopped(): boolean {
    return this.#state === 'stopped';
  }

  get peer(): Peer<V> {
    if (this.#peer === undefined) throw new Error('It has not been started.');
    return this.#peer;
  }

  start(): void {
    const { program, settings, handlers, onEnd, isOver } = this.#parts;
    const child = fork(fileURLToPath(new URL(program, import.meta.url)), [JSON.stringify(settings)], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#state = 'starting';
    const said = keepLastWords(child);
    const peer = peerOver<V, MainVerbs>(child, handlers(this));
    this.#peer = peer;
    // Only once the channel is read to its end is everything known that it did.
    const gone = Promise.all([once(child, 'exit'), child.connected ? once(child, 'disconnect') : undefined]);
    void gone.then(([[code, signal]]) => {
      this.#state = 'gone';
      peer.close();
      onEnd(this, signal === 'SIGKILL' ? undefined : `${program} ended with ${String(code ?? signal)}: ${said()}`);
      if (!isOver()) this.start();
    });
  }

  kill(): void {
    this.#parts.onEvent(`${this.#name} killed`);
    this.#child?.kill('SIGKILL');
  }

  /** It stands still, and goes on after that time if nobody killed it meanwhile. */
  async standStill(ms: number): Promise<void> {
    const child = this.#child;
    if (this.#state !== 'ready' || child === undefined) return;
    this.#state = 'stopped';
    this.#parts.onEvent(`${this.#name} stopped`);
    (this.peer as Peer<{ standStill(none: null): void }>).tell('standStill', null);
    await sleep(ms);
    this.#parts.onEvent(`${this.#name} continued`);
    child.kill('SIGCONT');
    if (this.#child === child && this.#state === 'stopped') this.#state = 'ready';
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

export type ProcessParts<V extends Verbs<V>> = {
  readonly program: './host-process.ts' | './launcher-process.ts' | './ingress-process.ts';
  readonly settings: ChildSettings;
  readonly handlers: (process: SoakProcess<V>) => MainVerbs;
  /** `fault` when it ended by itself. */
  readonly onEnd: (process: SoakProcess<V>, fault: string | undefined) => void;
  readonly isOver: () => boolean;
  /** Something was done to it. */
  readonly onEvent: (text: string) => void;
};

function keepLastWords(child: ChildProcess): () => string {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
  return () => said;
}

// What the API server has of one kind of object, kept up to date: list, then watch from there, for ever.
import { setTimeout as sleep } from 'node:timers/promises';
import { Watch, type KubeConfig, type KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import { jittered } from './cluster-api.ts';
import { decideApiOutcome } from './decide-api-outcome.ts';
import type { ObjectList } from './list-objects.ts';
import { readApiFault } from './read-api-fault.ts';

export type MirrorParts<T> = {
  readonly config: KubeConfig;
  /** Of the collection, under the server's address. */
  readonly path: string;
  readonly labelSelector: string;
  readonly list: () => Promise<ObjectList<T>>;
  /** Every object as it is now, at least once for each change; `isGone` with its last state known. */
  readonly onChange: (object: T, isGone: boolean) => void;
  readonly onError: (error: unknown) => void;
  /** A connection without a word for so long is taken to be dead, in milliseconds. */
  readonly silenceMs: number;
};

const statusSchema = z.object({ code: z.number().optional(), message: z.string().optional() });

/** The server ends a watch after this; in between it says where we are about once a minute. */
const WATCH_SECONDS = 300;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 20_000;

export class ObjectMirror<T extends KubernetesObject> {
  readonly #parts: MirrorParts<T>;
  readonly #known = new Map<string, T>();
  readonly #synced = Promise.withResolvers<void>();
  #failures = 0;

  constructor(parts: MirrorParts<T>) {
    this.#parts = parts;
  }

  /** Resolves when the first list was read. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get(uid: string): T | undefined {
    return this.#known.get(uid);
  }

  /** Resolves when the signal aborts; what fails is reported and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    // A server that does not answer is not waited for.
    const over = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => over.resolve(), { once: true });
    if (!signal.aborted) await Promise.race([this.#follow(signal), over.promise]);
    this.#synced.resolve();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        version ??= await this.#list();
        version = await this.#watch(version, signal);
        await this.#pause(FIRST_PAUSE_MS, signal);
      } catch (error) {
        const isExpired = decideApiOutcome(readApiFault(error)).kind === 'expired';
        if (isExpired) version = undefined;
        else if (!signal.aborted) this.#parts.onError(error);
        const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
        this.#failures += 1;
        await this.#pause(pause, signal);
      }
    }
  }

  /** Many launchers lose the same server at the same moment. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(jittered(ms), undefined, { signal }).catch(() => undefined);
  }

  async #list(): Promise<string> {
    const { items, resourceVersion } = await this.#parts.list();
    const present = new Set(items.map((item) => item.metadata?.uid));
    // What went while nobody watched.
    for (const [uid, object] of this.#known) if (!present.has(uid)) this.#take('DELETED', object);
    for (const item of items) this.#take('LISTED', item);
    this.#synced.resolve();
    return resourceVersion;
  }

  /** Resolves with the version to go on from when the server, silence or the signal ends the watch. */
  async #watch(from: string, signal: AbortSignal): Promise<string> {
    const { config, path, labelSelector, silenceMs } = this.#parts;
    let version = from;
    const over = Promise.withResolvers<void>();
    const watch = new Watch(config);
    // The client's own name for how long it bears silence.
    Object.assign(watch, { requestTimeoutMs: silenceMs });
    const query = { labelSelector, resourceVersion: from, allowWatchBookmarks: true, timeoutSeconds: WATCH_SECONDS };
    const onEvent = (type: string, object: T): void => {
      if (type === 'ERROR') return over.reject(watchError(object));
      version = object.metadata?.resourceVersion ?? version;
      this.#failures = 0;
      if (type !== 'BOOKMARK') this.#take(type, object);
    };
    const onDone = (error: unknown): void => (endsQuietly(error) ? over.resolve() : over.reject(error));
    const stop = (): void => over.resolve();
    signal.addEventListener('abort', stop, { once: true });
    const connecting = watch.watch(path, query, onEvent, onDone);
    connecting.catch(over.reject);
    try {
      await over.promise;
      return version;
    } finally {
      signal.removeEventListener('abort', stop);
      void connecting.then((controller) => controller.abort()).catch(() => undefined);
    }
  }

  #take(type: string, object: T): void {
    const uid = object.metadata?.uid;
    if (uid === undefined) return;
    // Large, and of no use here.
    delete object.metadata?.managedFields;
    if (type === 'DELETED') this.#known.delete(uid);
    else this.#known.set(uid, object);
    this.#parts.onChange(object, type === 'DELETED');
  }
}

/** The server's own end, or silence: what was heard so far stands. */
function endsQuietly(error: unknown): boolean {
  return error === null || error === undefined || (error instanceof Error && error.name === 'TimeoutError');
}

/** A watch says in its stream that it cannot go on. */
function watchError(status: unknown): Error {
  const { code = 0, message = '' } = statusSchema.parse(status);
  return Object.assign(new Error(message), { statusCode: code });
}

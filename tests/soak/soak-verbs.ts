// What the processes of a soak ask each other. The main one survives all others: it keeps the record, the pods and the store.
import type { PodBackend } from '@runnel/launcher/serving';
import type { Enqueue, EnqueueAnswer, Holder, SessionKey, StepName, Thread, UserKey } from '@runnel/shared';
import type { FaultKind, SoakOptions } from './soak-settings.ts';

export type PodSpec = Parameters<PodBackend['create']>[0];
export type CreateAnswer = Awaited<ReturnType<PodBackend['create']>>;
export type Pod = CreateAnswer['pod'];
export type EndedPod = Parameters<Parameters<PodBackend['watch']>[0]>[0];
export type PodEnd = EndedPod['end'];

/** One message of ours in a thread, as it is said. */
export type Said = {
  readonly channel: string;
  readonly threadTs: string;
  readonly text: string;
  readonly deliveryId: string;
  readonly kind: string;
  readonly part: number;
  /** Who says it, and when it was sent, in milliseconds of the machine's monotonic clock. */
  readonly by: string;
  readonly sentAt: number;
  /** Identity of the stop that its buttons stand for. */
  readonly holdsFor?: string;
};
export type SaidMessage = Said & { readonly ts: string; readonly at: number };

export type PostAnswer =
  | { readonly kind: 'said'; readonly ts: string }
  /** No answer comes; it may have been said. */
  | { readonly kind: 'unheard' }
  | { readonly kind: 'limited'; readonly seconds: number };

export type KeptManifest = { readonly json: string; readonly revision: string };
export type ManifestWrite = KeptManifest & { readonly holder: Holder; readonly number: number };
export type WriteAnswer =
  | { readonly kind: 'written'; readonly revision: string }
  | { readonly kind: 'conflict' | 'unavailable' };

/** A step that only the holder of the lease can take, and that was taken. Milliseconds of the machine's monotonic clock. */
export type TakenStep = {
  readonly name: StepName;
  readonly holder: Holder;
  readonly startedAt: number;
  readonly endedAt: number;
};

export type Place = { readonly user: UserKey; readonly session: SessionKey };

/** The main process's side. */
export type MainVerbs = {
  /** The child is ready for work. */
  ready(none: null): void;
  createPod(spec: PodSpec): CreateAnswer;
  lookPod(name: string): Pod | undefined;
  listPods(none: null): Pod[];
  stopPod(order: { readonly uid: string; readonly graceMs: number }): Promise<void>;
  removePod(uid: string): void;
  /** From now on `podEnded` is told, for those before it too. */
  watchPods(none: null): void;
  lifeEnded(end: (PodEnd & { readonly isSeen: true }) | { readonly owner: string; readonly isSeen: false }): void;

  post(said: Said): Promise<PostAnswer>;
  messages(of: Thread & { readonly oldest: string }): SaidMessage[];

  readManifest(user: UserKey): KeptManifest | undefined;
  writeManifest(write: ManifestWrite): Promise<WriteAnswer>;
  putArchive(archive: Place & { readonly digest: string; readonly content: string }): void;
  getArchive(at: Place & { readonly digest: string }): string | undefined;

  /** An acquire, a claim, a release: at once, in contrast to `taken`. */
  changedHands(step: TakenStep): void;
  taken(steps: readonly TakenStep[]): void;
  woke(source: string): void;
  struck(kind: FaultKind): void;
  /** Something nobody foresaw. */
  defect(text: string): void;
  /** A runner ended with an error of its own. */
  failed(text: string): void;
};

export type LifeOrder = Holder & {
  /** The how-manieth of this person. */
  readonly number: number;
};

export type HostVerbs = {
  startLife(order: LifeOrder): void;
  killLife(owner: string): void;
  drainLife(owner: string): void;
  /** Its renewal thread hears nothing from Redis for that long. */
  deafenLife(order: { readonly owner: string; readonly ms: number }): void;
  /** SIGSTOP to itself: between two turns of its loop, never between a check and the send that follows it. */
  standStill(none: null): void;
};

export type LauncherVerbs = { podEnded(pod: EndedPod): void; standStill(none: null): void };

export type IngressVerbs = {
  deliver(delivery: {
    readonly request: Enqueue;
    readonly thread: Thread;
    readonly copy: number;
  }): Promise<Pick<EnqueueAnswer, 'verdict' | 'entryId'>>;
};

/** What every child is started with. */
export type ChildSettings = Pick<SoakOptions, 'users' | 'seed'> & {
  readonly redisUrl: string;
  readonly faults: readonly FaultKind[];
  readonly folder: string;
};

// The life of a launch job: as long as its generation, and as long as that generation's pod takes a place in the fleet.
import {
  runnerName,
  RunnelError,
  takeStep,
  type Launch,
  type LaunchJob,
  type LeaseKeeper,
  type StageTime,
} from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { Bell } from './bell.ts';
import type { EndCause } from './decide-end.ts';
import {
  decideLaunchStep,
  standingOf,
  type LaunchStep,
  type Standing,
  type StartFailure,
} from './decide-launch-step.ts';
import { findMissing } from './find-missing.ts';
import type { PodEndObserver } from './observe-pod-ends.ts';
import type { EndedPod, Pod, PodBackend, PodWaiting } from './pod-backend.ts';
import { PodWatch } from './pod-watch.ts';
import { StartWatch, type StartPatience } from './start-patience.ts';
import type { UserSweeper } from './sweep-users.ts';
import type { Ended, LeaseTeller } from './tell-lease.ts';
import type { PersonTeller } from './tell-person.ts';

export type LaunchParts = StartPatience & {
  readonly delivery: LeaseKeeper;
  readonly backend: PodBackend;
  readonly observer: PodEndObserver;
  readonly tellLease: LeaseTeller;
  readonly sweeper: UserSweeper;
  readonly teller: PersonTeller;
  readonly log: Logger;
  /** How long a pod whose generation is over may take to end, in milliseconds. */
  readonly graceMs: number;
  /** How often the lease is looked at while its runner starts, and while it runs. A pod's end is seen at once. */
  readonly pollMs: { readonly launching: number; readonly running: number };
};

/** A launch that waits for a machine may go to and fro. */
const MOST_STAGES = 20;
/** The last lines of a runner that did not start, for operators. */
const LOGGED_LINES = 20;

/** What keeps a pod from being made: no repetition at once would help. */
const REFUSALS = ['pod_start_failed', 'image', 'quota', 'refused', 'configuration'] as const;
/** What the person reads of the stages that may take a while. */
const LINES = {
  creating: 'is starting your runner',
  image: 'is fetching what your runner is made of',
  machineless: 'is waiting for a machine',
  machineComing: 'is waiting for a machine that is being started',
};

/** Two launchers on one job are harmless: every step looks first, and the lease decides. */
export function launchHandler(parts: LaunchParts): (job: LaunchJob) => Promise<void> {
  return async (job) => {
    const name = runnerName(job.launch.user);
    using bell = parts.observer.bell(name);
    const life = new LaunchLife(parts, { job, name, bell });
    await life.show('looking');
    while (!job.signal.aborted && !(await life.step())) {
      // Each step looks anew: at the lease, at the pod.
    }
  };
}

type LaunchAtHand = { readonly job: LaunchJob; readonly name: string; readonly bell: Bell };

class LaunchLife {
  readonly #parts: LaunchParts;
  readonly #hand: LaunchAtHand;
  readonly #stages: StageTime[] = [];
  /** The pod that is in the way, its generation known to be over. */
  readonly #leaving = new PodWatch();
  /** Ours, without its lease. */
  readonly #starting: StartWatch;
  /** What the person and the operators were told last. */
  #line = '';
  #trouble = '';
  #toldMachineless = false;
  #failure: RunnelError | undefined;

  constructor(parts: LaunchParts, hand: LaunchAtHand) {
    this.#parts = parts;
    this.#hand = hand;
    this.#starting = new StartWatch(parts);
  }

  /** Resolves with whether the launch is over. Throws only when its pod cannot be started, or does not start. */
  async step(): Promise<boolean> {
    const { launch } = this.#hand.job;
    try {
      const standing = await this.#standing(launch);
      const pod = standing === 'running' ? undefined : await this.#parts.backend.look(this.#hand.name);
      const step = decideLaunchStep(launch, { standing, pod, ...this.#lookAt(pod, standing) });
      if (step.do === 'finish') return true;
      await this.#take(step);
    } catch (reason) {
      const error = RunnelError.from(reason);
      if (error === this.#failure) throw error;
      if (isRefusal(error.code)) return this.#giveUp(error, error.code);
      // Redis or the cluster is away: nothing is known, so nothing is decided. The runner could not start either.
      this.#starting.forget();
      this.#parts.log.warn({ err: error, ...launch }, 'launch cannot go on, again soon');
      await this.#wait(this.#parts.pollMs.launching);
    }
    return false;
  }

  /** Shown to operators on the job. */
  async show(stage: string): Promise<void> {
    if (stage === this.#stages.at(-1)?.stage) return;
    const before = this.#stages.slice(-MOST_STAGES);
    const now = { stage, since: Date.now() };
    this.#stages.push(now);
    await this.#hand.job.progress({ ...now, before });
  }

  async #standing(launch: Launch): Promise<Standing> {
    const lease = await takeStep('look', launch, () => this.#parts.delivery.lease(launch.user));
    const standing = standingOf(launch, lease);
    if (standing !== 'running' || lease.deadline >= lease.now) return standing;
    return (await this.#parts.sweeper.sweep(launch.user)).kind === 'live' ? 'running' : 'over';
  }

  /** Whether the pod that is there has had its time: to go, or to start. */
  #lookAt(pod: Pod | undefined, standing: Standing): { pastGrace: boolean; startFailure: StartFailure | undefined } {
    const isOurs = pod?.generation === this.#hand.job.launch.generation;
    const leavesFor = this.#leaving.lasts(isOurs && standing !== 'over' ? undefined : pod);
    const ours = isOurs && standing === 'launching' && pod?.end === undefined ? pod : undefined;
    const { failure, lacksMachine } = this.#starting.look(ours);
    if (ours?.waiting !== undefined) this.#tellWaiting(ours.waiting, lacksMachine);
    return { pastGrace: leavesFor >= this.#parts.graceMs, startFailure: failure };
  }

  /** Each thing once. */
  #tellWaiting({ stage, trouble, isMachineComing }: PodWaiting, lacksMachine: boolean): void {
    const { teller, log } = this.#parts;
    const { user, generation } = this.#hand.job.launch;
    if (stage === 'image') this.#say(LINES.image);
    if (isMachineComing === true) this.#say(LINES.machineComing);
    else if (lacksMachine) this.#say(LINES.machineless);
    if (trouble !== undefined && trouble.code !== this.#trouble) {
      this.#trouble = trouble.code;
      log.warn({ user, generation, stage, ...trouble }, 'runner cannot start yet');
    }
    if (!lacksMachine || this.#toldMachineless) return;
    this.#toldMachineless = true;
    // Another launcher may have had this job before.
    void teller.cause(user, { generation, cause: 'waits_for_machine' }, true).catch((error: unknown) => {
      log.warn({ err: RunnelError.from(error), user, generation }, 'person could not be told');
    });
  }

  #say(line: string): void {
    if (line !== this.#line) void this.#parts.teller.line(this.#hand.job.launch.user, line);
    this.#line = line;
  }

  async #take(step: Exclude<LaunchStep, { do: 'finish' }>): Promise<void> {
    const { backend, observer, pollMs } = this.#parts;
    switch (step.do) {
      case 'create':
        return this.#create();
      case 'classify':
        if (hasEnded(step.pod)) await observer.settle(step.pod, true);
        return undefined;
      case 'remove':
        return takeStep('remove', { ...this.#hand.job.launch, owner: step.pod.uid }, () => backend.remove(step.pod));
      case 'give_up':
        return this.#endStart(step.pod, step.because);
      case 'wait':
        await this.show(step.stage);
        return this.#wait(step.stage === 'acquired' ? pollMs.running : pollMs.launching);
    }
  }

  async #create(): Promise<void> {
    const { delivery, backend, log } = this.#parts;
    const { job, name } = this.#hand;
    await this.show('creating');
    this.#say(LINES.creating);
    // Replication is in order: once this write is on the replica, the job's place and the lease are too.
    await takeStep('settle', job.launch, () => delivery.settle(job.launch));
    const { kind, pod } = await takeStep('create', job.launch, () => backend.create({ ...job.launch, name }));
    if (kind === 'created') log.info({ ...job.launch, pod: pod.name, uid: pod.uid }, 'runner started');
  }

  /** Its lease is ended first: a runner that takes it at the last moment keeps it, and one that comes later finds it gone. */
  async #endStart(pod: Pod, because: StartFailure): Promise<void> {
    const { tellLease, backend, log, startMs } = this.#parts;
    const { user, generation } = this.#hand.job.launch;
    const said = pod.waiting?.trouble?.message ?? `The runner did not take its lease within ${startMs} ms.`;
    const answer = await tellLease({ user, generation, owner: '' }, failedStart(because, said));
    if (answer.kind === 'stale') return;
    this.#failure = new RunnelError(because, said);
    const lastLines = await backend.logs(pod.name, LOGGED_LINES).catch(() => []);
    log.error({ err: this.#failure, user, generation, lastLines }, 'runner did not start');
    await takeStep('remove', { user, generation, owner: pod.uid }, () => backend.remove(pod));
    throw this.#failure;
  }

  async #giveUp(error: RunnelError, cause: EndCause): Promise<never> {
    const { tellLease, log } = this.#parts;
    const { user, generation } = this.#hand.job.launch;
    log.error({ err: error, user, generation }, 'runner could not be started');
    try {
      await tellLease({ user, generation, owner: '' }, failedStart(cause, error.message));
    } catch (reason) {
      // The lease is still `launching`: the sweeper adds the job again.
      log.warn({ err: RunnelError.from(reason), user, generation }, 'lease could not be told of a failed start');
    }
    throw error;
  }

  #wait(ms: number): Promise<void> {
    return this.#hand.bell.wait(ms, this.#hand.job.signal);
  }
}

function failedStart(cause: EndCause, said: string): Ended {
  const missing = cause === 'configuration' ? findMissing(said) : undefined;
  return { kind: 'ended', cause, counted: true, ...(missing === undefined ? {} : { missing }) };
}

function isRefusal(code: string): code is (typeof REFUSALS)[number] {
  return REFUSALS.some((refusal) => refusal === code);
}

function hasEnded(pod: Pod): pod is EndedPod {
  return pod.end !== undefined;
}

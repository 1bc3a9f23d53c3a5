// The life of a launch job: as long as its generation, and as long as that generation's pod takes a place in the fleet.
import { runnerName, RunnelError, type Launch, type LaunchJob, type LeaseKeeper } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { Bell } from './bell.ts';
import { decideLaunchStep, standingOf, type LaunchStep, type Standing } from './decide-launch-step.ts';
import type { PodEndObserver } from './observe-pod-ends.ts';
import type { EndedPod, Pod, PodBackend } from './pod-backend.ts';
import type { UserSweeper } from './sweep-users.ts';
import type { LeaseTeller } from './tell-lease.ts';
import type { PersonTeller } from './tell-person.ts';

export type LaunchParts = {
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
  #stage = '';
  /** The pod that is in the way, and since when its generation is known to be over (`performance.now()`). */
  #leaving: { uid: string; since: number } | undefined;

  constructor(parts: LaunchParts, hand: LaunchAtHand) {
    this.#parts = parts;
    this.#hand = hand;
  }

  /** Resolves with whether the launch is over. Throws only when its pod cannot be started. */
  async step(): Promise<boolean> {
    const { launch } = this.#hand.job;
    try {
      const standing = await this.#standing(launch);
      const pod = standing === 'running' ? undefined : await this.#parts.backend.look(this.#hand.name);
      const step = decideLaunchStep(launch, { standing, pod, pastGrace: this.#pastGrace(pod, standing) });
      if (step.do === 'finish') return true;
      await this.#take(step);
    } catch (reason) {
      const error = RunnelError.from(reason);
      if (error.code === 'pod_start_failed') return this.#giveUp(error);
      // Redis or the cluster is away: nothing is known, so nothing is decided.
      this.#parts.log.warn({ err: error, ...launch }, 'launch cannot go on, again soon');
      await this.#wait(this.#parts.pollMs.launching);
    }
    return false;
  }

  /** Shown to operators on the job. */
  async show(stage: string): Promise<void> {
    if (stage === this.#stage) return;
    this.#stage = stage;
    await this.#hand.job.progress({ stage, since: Date.now() });
  }

  async #standing(launch: Launch): Promise<Standing> {
    const lease = await this.#parts.delivery.lease(launch.user);
    const standing = standingOf(launch, lease);
    // Its deadline is on Redis's clock; ours only says when to ask.
    if (standing !== 'running' || lease.deadline > Date.now()) return standing;
    return (await this.#parts.sweeper.sweep(launch.user)).kind === 'live' ? 'running' : 'over';
  }

  #pastGrace(pod: Pod | undefined, standing: Standing): boolean {
    const isOurs = pod?.generation === this.#hand.job.launch.generation;
    if (pod === undefined || (isOurs && standing !== 'over')) this.#leaving = undefined;
    else if (this.#leaving?.uid !== pod.uid) this.#leaving = { uid: pod.uid, since: performance.now() };
    return this.#leaving !== undefined && performance.now() - this.#leaving.since >= this.#parts.graceMs;
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
        return backend.remove(step.pod);
      case 'wait':
        await this.show(step.stage);
        return this.#wait(step.stage === 'running' ? pollMs.running : pollMs.launching);
    }
  }

  async #create(): Promise<void> {
    const { delivery, backend, teller, log } = this.#parts;
    const { job, name } = this.#hand;
    await this.show('starting');
    void teller.line(job.launch.user, 'is starting your runner');
    // Replication is in order: once this write is on the replica, the job's place and the lease are too.
    await delivery.settle(job.launch);
    const { kind, pod } = await backend.create({ ...job.launch, name });
    if (kind === 'created') log.info({ ...job.launch, pod: pod.name, uid: pod.uid }, 'runner started');
  }

  async #giveUp(error: RunnelError): Promise<never> {
    const { tellLease, log } = this.#parts;
    const { user, generation } = this.#hand.job.launch;
    log.error({ err: error, user, generation }, 'runner could not be started');
    try {
      await tellLease({ user, generation, owner: '' }, { kind: 'ended', cause: 'pod_start_failed', counted: true });
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

function hasEnded(pod: Pod): pod is EndedPod {
  return pod.end !== undefined;
}

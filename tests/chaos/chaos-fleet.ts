// A fleet whose processes can be struck at any step; what was killed is started again, as Kubernetes would, and all is watched.
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerName, type UserKey } from '@runnel/shared';
import { endMarked, listMarked } from '@runnel/shared/process';
import { redisKeys } from '@runnel/shared/redis';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { mainOf } from '../support/run-process.ts';
import { startStory, type Person, type Story, type StoryOptions } from '../support/story.ts';
import { Faults, type StepLine } from './faults.ts';
import { watchFleet, type FleetWatch, type Stranding } from './watch-fleet.ts';

type Child = Story['fleet']['ingresses'][number];

export type ChaosFleet = AsyncDisposable & {
  readonly story: Story;
  readonly faults: Faults;
  readonly redis: Redis;
  readonly watch: FleetWatch;
  /** Somebody who has not written yet. */
  nextPerson(): Person;
  /** Nothing waits in their inbox and nobody holds it. */
  asleep(person: Person): Promise<boolean>;
  /** From now on no launcher knows of the person's pod: as on a machine that nobody hears any more. */
  hidePod(user: UserKey): Promise<void>;
  /** Pods of this fleet of which a process lives. */
  livingPods(): Promise<string[]>;
  /** The most pods that ever lived at once, those that were hidden left out. */
  mostPods(): number;
  /** Strandings with the number of sweeps that passed over the person meanwhile. */
  strandings(): (Stranding & { readonly sweeps: number })[];
};

/** The answer to anything comes within this, whatever happened: a lease, a place in line, a busy machine. */
export const PATIENCE_MS = 90_000;

export async function startChaosFleet(options: StoryOptions): Promise<ChaosFleet> {
  const faults = new Faults();
  const story = await startStory({
    ingresses: 2,
    launchers: 2,
    ...options,
    settings: {
      RUNNER_IDLE_TIMEOUT: '400ms',
      NODE_OPTIONS: faults.preload,
      RUNNER_COMMAND: `${process.execPath} --max-semi-space-size=1 ${faults.preload} ${mainOf('runner')}`,
      ...options.settings,
    },
  });
  const redis = new Redis(story.fleet.redisUrl);
  const watch = watchFleet(
    redis,
    story.fleet.redisUrl,
    story.people.map((person) => person.userKey),
  );
  const stopSupervision = superviseProcesses(story);
  const hidden = new Set<string>();
  let met = 0;
  const owners = (): string[] => ownersIn(faults.steps());
  return {
    story,
    faults,
    redis,
    watch,
    nextPerson: () => story.person((met += 1) - 1),
    async asleep({ userKey }) {
      const [backlog, state] = await Promise.all([
        redis.xlen(redisKeys.inbox(userKey)),
        redis.hget(redisKeys.lease(userKey), 'state'),
      ]);
      return backlog === 0 && state === 'idle';
    },
    async hidePod(user) {
      const pod = await story.fleet.runners.pod(user);
      if (pod === undefined) throw new Error(`${user} has no pod`);
      hidden.add(pod.uid);
      await rename(join(story.folder, 'pods', 'pods', runnerName(user)), join(story.folder, `unheard-${pod.uid}`));
    },
    async livingPods() {
      const living = await listMarked('RUNNEL_POD');
      return owners().filter((owner) => living.has(owner));
    },
    mostPods() {
      const ours = new Set(owners().filter((owner) => !hidden.has(owner)));
      return Math.max(0, ...watch.living.map((uids) => [...uids].filter((uid) => ours.has(uid)).length));
    },
    strandings: () => watch.strandings.map((one) => ({ ...one, sweeps: sweepsDuring(faults.steps(), one) })),
    async [Symbol.asyncDispose]() {
      const endings = await stopSupervision();
      await watch.end();
      redis.disconnect();
      // What was stopped or hidden hears nobody.
      for (const owner of hidden) await endMarked('RUNNEL_POD', owner);
      await story[Symbol.asyncDispose]();
      await faults[Symbol.asyncDispose]();
      expect(
        // 69: Redis or Slack was not heard at a start on a busy machine; it is started again.
        endings.filter((how) => !/signal SIGKILL|exit code 69/.test(how)),
        'no process ended by itself',
      ).toEqual([]);
    },
  };
}

/** Starts an ingress or launcher for each that ends. Returns what stops that; it resolves to how all of them ended. */
function superviseProcesses({ fleet }: Story): () => Promise<string[]> {
  const endings: string[] = [];
  let isOver = false;
  const supervise = async (first: Child, startAnother: () => Promise<Child>): Promise<void> => {
    for (let child: Child | undefined = first; !isOver; child = await startAnother().catch(hear)) {
      if (child === undefined) continue;
      const how = await Promise.race([child.ended, over.promise]);
      if (how !== undefined) endings.push(how);
    }
  };
  const over = Promise.withResolvers<undefined>();
  // Struck while it started.
  const hear = (reason: unknown): undefined => void endings.push(String(reason));
  const supervisions = [
    ...fleet.ingresses.map((child) => supervise(child, fleet.startIngress)),
    ...fleet.launchers.map((child) => supervise(child, fleet.startLauncher)),
  ];
  return async () => {
    isOver = true;
    over.resolve(undefined);
    await Promise.all(supervisions);
    return endings;
  };
}

function ownersIn(steps: readonly StepLine[]): string[] {
  return [...new Set(steps.flatMap(({ name, owner }) => (name === 'started' && owner !== undefined ? [owner] : [])))];
}

function sweepsDuring(steps: readonly StepLine[], { user, since, until }: Stranding): number {
  return steps.filter(
    ({ name, moment, at, ...step }) =>
      name === 'sweep' && moment === 'after' && step.user === user && at > since && at < until,
  ).length;
}

// A fleet whose launchers make Jobs on a cluster of played nodes, and whose runners a test plays.
import { startChaosFleet, type ChaosFleet } from '../chaos/chaos-fleet.ts';
import type { ClusterAccess } from '../cluster/cluster-access.ts';
import type { Person, StoryOptions } from '../support/story.ts';
import { playRunners, type PlayedRunners } from './played-runners.ts';
import { freshRunnerNamespace } from './runner-namespace.ts';

export type PlayedFleet = AsyncDisposable &
  Pick<ChaosFleet, 'story' | 'faults' | 'asleep'> & {
    readonly namespace: string;
    readonly runners: PlayedRunners;
    /** How many of them have nothing in their inbox and no runner. */
    countAsleep(people: readonly Person[]): Promise<number>;
  };

export type PlayedFleetOptions = StoryOptions & { readonly leaseMs?: number };

export async function startPlayedFleet(access: ClusterAccess, options: PlayedFleetOptions): Promise<PlayedFleet> {
  // Longer than in other stories: one process plays a hundred runners.
  const { leaseMs = 10_000 } = options;
  await using opened = new AsyncDisposableStack();
  const namespace = opened.use(await freshRunnerNamespace(access)).name;
  const fleet = opened.use(
    await startChaosFleet({
      ...options,
      settings: {
        LEASE_DURATION: `${leaseMs}ms`,
        LEASE_MARGIN: '1s',
        CALL_TIMEOUT: '4s',
        POD_BACKEND: 'kubernetes',
        KUBECONFIG: access.kubeconfig,
        RUNNER_NAMESPACE: namespace,
        RUNNER_IMAGE: 'fake/run:1',
        STATE_CLAIM: 'runnel-state',
        ...options.settings,
      },
    }),
  );
  const { story, faults } = fleet;
  const { redisUrl } = story.fleet;
  const runners = opened.use(await playRunners({ access, namespace, redisUrl, leaseMs }));
  const kept = opened.move();
  return {
    story,
    faults,
    asleep: (person) => fleet.asleep(person),
    async countAsleep(people) {
      return (await Promise.all(people.map((person) => fleet.asleep(person)))).filter(Boolean).length;
    },
    namespace,
    runners,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

// What kept a runner from starting and passed by itself is no trouble any more, though its event stays for an hour.
import type { CoreV1Event } from '@kubernetes/client-node';
import { runnerName, type UserKey } from '@runnel/shared';
import { expect, test } from 'vitest';
import { patiently, playedPods, type PlayedPods } from './played-pods.ts';

const ada: UserKey = 'T0:U0ADA';

/** A runner whose machine has taken it up and says of its container only that it comes. */
async function comingRunner(played: PlayedPods) {
  const backend = played.backend({ image: 'fake/waiting:ContainerCreating' });
  const { pod } = await backend.create({ user: ada, generation: '1', name: runnerName(ada) });
  const waiting = async (): Promise<unknown> => (await backend.look(pod.name))?.waiting;
  await expect.poll(waiting, patiently).toMatchObject({ stage: 'scheduled' });
  const [one] = await played.podsOf(pod);
  let told = 0;
  /** As its kubelet says it, `secondsAgo`. */
  const tell = async (reason: string, secondsAgo: number): Promise<void> => {
    const { name = '', uid = '' } = one?.metadata ?? {};
    const at = new Date(Date.now() - secondsAgo * 1_000);
    const body: CoreV1Event = {
      metadata: { name: `${name}.${(told += 1)}` },
      involvedObject: { kind: 'Pod', namespace: played.namespace, name, uid },
      reason,
      message: `${reason} was said`,
      type: reason.startsWith('Failed') ? 'Warning' : 'Normal',
      source: { component: 'kubelet' },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    };
    await played.core.createNamespacedEvent({ namespace: played.namespace, body });
  };
  return { waiting, tell };
}

test.for(['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox'])(
  '%s, and then its image is being fetched: that may take long, and is no trouble',
  async (reason) => {
    const { waiting, tell } = await comingRunner(await playedPods());
    await tell(reason, 30);
    await expect.poll(waiting, patiently).toMatchObject({ trouble: { code: 'configuration' } });
    await tell('Pulling', 20);
    await expect.poll(waiting, patiently).toEqual({ stage: 'image' });
    await tell('Pulled', 10);
    await expect.poll(waiting, patiently).toEqual({ stage: 'scheduled' });
  },
);

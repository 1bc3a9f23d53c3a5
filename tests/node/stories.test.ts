// People's stories with everything real: Slack stand-in, Redis, the manifests, the images, a kubelet and containerd.
import { PatchStrategy, setHeaderOptions, type V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Person, Place } from '../support/read-threads.ts';
import { childOf, findRunnerProcess } from './find-runner-process.ts';
import { startClusterFleet, type ClusterFleet, type RunningPod } from './start-cluster-fleet.ts';
import { RUNNERS, SYSTEM } from './start-real-cluster.ts';
import { measureStart, type StartTimes } from './start-times.ts';

/** Lease plus sweep, a pod that goes, a pod that comes, on a machine that is busy with the other stories. */
const RECOVERY_MS = 180_000;

let fleet: ClusterFleet;
beforeAll(async () => {
  fleet = await startClusterFleet(13);
});
afterAll(async () => fleet[Symbol.asyncDispose]());

/** Resolves to the pod that runs the turn of this thread, when its command has said `begun`. */
async function inMidTurn(person: Person, place: Place): Promise<RunningPod> {
  const isShown = (): boolean =>
    fleet
      .messages(place)
      .some(({ metadata, text }) => metadata?.event_payload['kind'] === 'card' && /^begun$/m.test(text));
  await vi.waitUntil(isShown, { timeout: RECOVERY_MS });
  return fleet.runningPod(person);
}

// They wait for most of their time, and each person has a pod of their own.
describe.concurrent('a person', () => {
  test('a direct message is answered by a pod that has next to no rights', async () => {
    const ada = fleet.person(0);
    const place = ada.say(
      'id -u; touch /x; find /run/secrets -type f | wc -l; env | grep -c KUBERNETES; echo $HOSTNAME',
    );
    const [answer] = await fleet.answered(place, 1, RECOVERY_MS);
    expect(answer).toMatch(/10001\n.*Read-only[^]*\n0\n0\nrunner-[0-9a-f]{20}-/);
  });

  test('it goes to sleep, its Job with it, and the next pod has the file back', async () => {
    const ada = fleet.person(1);
    const place = ada.say('mkdir deep; cd deep; echo kept > file');
    await fleet.told(place, /Saved\. Write to wake me/, RECOVERY_MS);
    const phases = async () => (await fleet.runnerPods(ada)).map(({ status }) => status?.phase);
    await vi.waitFor(async () => expect(await phases()).toEqual(['Succeeded']), { timeout: RECOVERY_MS });
    const [first] = await fleet.runnerPods(ada);
    ada.say('cat file; basename "$PWD"', { in: place });
    const answers = await fleet.answered(place, 2, RECOVERY_MS);
    expect(answers[1]).toMatch(/kept\ndeep/);
    const pods = await fleet.runnerPods(ada);
    expect(pods.map(({ metadata }) => metadata?.uid)).not.toContain(first?.metadata?.uid);
  });

  test('a pod deleted in the middle of a turn hands over: the next one answers, once', async () => {
    const ada = fleet.person(2);
    const place = ada.say(
      'echo x >> tries; echo begun; [ $(wc -l < tries) -gt 1 ] || sleep 600; echo "try $(wc -l < tries)"',
    );
    const pod = await inMidTurn(ada, place);
    await fleet.core.deleteNamespacedPod({ namespace: RUNNERS, name: pod.name });
    expect(await fleet.answered(place, 1, RECOVERY_MS)).toEqual([expect.stringContaining('try 2')]);
    await exactlyOnce(place);
  });

  test('a runner killed in the middle of a turn loses nothing: the next one answers, once', async () => {
    const ada = fleet.person(3);
    const place = ada.say('echo begun; sleep 9; echo survived');
    const pod = await inMidTurn(ada, place);
    process.kill(findRunnerProcess(pod.uid), 'SIGKILL');
    expect(await fleet.answered(place, 1, RECOVERY_MS)).toEqual([expect.stringContaining('survived')]);
    await exactlyOnce(place);
  });

  test('a runner that hangs in the middle of a turn is replaced: the next one answers, once', async () => {
    const ada = fleet.person(12);
    const place = ada.say('echo begun; sleep 9; echo survived');
    const pod = await inMidTurn(ada, place);
    process.kill(childOf(findRunnerProcess(pod.uid)), 'SIGSTOP');
    expect(await fleet.answered(place, 1, RECOVERY_MS)).toEqual([expect.stringContaining('survived')]);
    await exactlyOnce(place);
    expect((await fleet.runnerPods(ada)).map(({ metadata }) => metadata?.uid)).not.toContain(pod.uid);
  });

  test('a pod that is evicted goes on elsewhere by itself', async () => {
    const ada = fleet.person(4);
    const place = ada.say(
      'echo x >> tries; echo begun; [ $(wc -l < tries) -gt 1 ] || sleep 600; echo "try $(wc -l < tries)"',
    );
    const pod = await inMidTurn(ada, place);
    const { name } = pod;
    await fleet.core.createNamespacedPodEviction({
      namespace: RUNNERS,
      name,
      body: { metadata: { name, namespace: RUNNERS } },
    });
    expect(await fleet.answered(place, 1, RECOVERY_MS)).toEqual([expect.stringContaining('try 2')]);
    await exactlyOnce(place);
  });

  test('a runner out of memory is told as that', async () => {
    const ada = fleet.person(5);
    // None of them is as large as the runner, so the kernel takes that one.
    const place = ada.say('for n in $(seq 40); do (head -c 30M /dev/zero | tail -c 30M | sleep 600) & done; wait');
    await fleet.told(place, /ran out of its 512 MiB of memory/, RECOVERY_MS);
    // It would only do it again.
    ada.say('stop', { in: place });
  });

  test('a command out of memory is a failed command, and the runner sleeps like any other', async () => {
    const ada = fleet.person(6);
    const place = ada.say('tail /dev/zero; echo "ended with $?"');
    expect(await fleet.answered(place, 1, RECOVERY_MS)).toEqual([expect.stringContaining('ended with 137')]);
    await fleet.told(place, /Saved\. Write to wake me/, RECOVERY_MS);
    ada.say('echo again', { in: place });
    await fleet.answered(place, 2, RECOVERY_MS);
    expect(fleet.said(place).filter((text) => /memory/i.test(text))).toEqual([]);
  });

  test('a Job past its deadline hands over like any other: the next one answers, once', async () => {
    const ada = fleet.person(7);
    const place = ada.say('echo x >> tries; echo begun; [ $(wc -l < tries) -gt 1 ] || sleep 600; echo over');
    const pod = await inMidTurn(ada, place);
    const { job: name } = pod;
    const body = { spec: { activeDeadlineSeconds: 1 } };
    await fleet.batch.patchNamespacedJob(
      { namespace: RUNNERS, name, body },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    expect(await fleet.answered(place, 1, RECOVERY_MS)).toEqual([expect.stringContaining('over')]);
    await exactlyOnce(place);
  });

  test('what a runner says is in its logs, and the launcher tells what it knows of it', async () => {
    const ada = fleet.person(8);
    const place = ada.say('echo begun; sleep 20; echo done');
    const pod = await inMidTurn(ada, place);
    const log = await fleet.kubectl('logs', `--namespace=${RUNNERS}`, pod.name);
    expect(log).toContain('"msg":"asked for the lease"');
    const [launcher] = await launchers();
    const address = `http://${launcher?.status?.podIP}:8080/v1/runners/${pod.job}/diagnostics`;
    // On a busy machine the cluster may not answer the launcher in time, which it says: 503.
    const ask = async (): Promise<string> => {
      const answer = await fetch(address, { headers: { authorization: 'Bearer local' } });
      expect(answer.status).toBe(200);
      return answer.text();
    };
    const text = await vi.waitFor(ask, { timeout: RECOVERY_MS, interval: 1_000 });
    expect(text).toContain('real-0');
    expect(text).toContain('asked for the lease');
    expect(text).not.toContain('xoxb-local');
    await fleet.answered(place, 1, RECOVERY_MS);
  });
});

test('a pod is soon at work; how soon is printed, since it depends on the machine', async () => {
  const times: StartTimes[] = [];
  for (const index of [10, 11, 0]) times.push(await measureStart(fleet, fleet.person(index)));
  for (const { cluster, image } of times) {
    process.stdout.write(`node to first process ${Math.round(cluster)} ms, to lease ${Math.round(image)} ms more\n`);
    expect(cluster + image).toBeLessThan(60_000);
  }
});

// The last one: it changes the launcher.
test('an image that cannot be had is told as that, and once there is one the message is answered', async () => {
  const ada = fleet.person(9);
  const setImage = async (image: string): Promise<void> => {
    const deployment = ['deployment/runnel-launcher', `--namespace=${SYSTEM}`];
    await fleet.kubectl('set', 'env', ...deployment, `RUNNER_IMAGE=${image}`);
    await fleet.kubectl('rollout', 'status', ...deployment, '--timeout=120s');
    // It is not waited for there that the former one ends, and until then it takes launches.
    await vi.waitUntil(async () => (await launchers()).length === 1, { timeout: RECOVERY_MS, interval: 200 });
  };
  await setImage('localhost:1/none:1');
  const place = ada.say('echo finally');
  await fleet.told(place, /its image cannot be fetched/, RECOVERY_MS);
  await setImage('localhost/runnel/runner:dev');
  expect(await fleet.answered(place, 1, 2 * RECOVERY_MS)).toEqual([expect.stringContaining('finally')]);
});

/** Those that end, too. */
async function launchers(): Promise<V1Pod[]> {
  const labelSelector = 'app.kubernetes.io/component=launcher';
  return (await fleet.core.listNamespacedPod({ namespace: SYSTEM, labelSelector })).items;
}

/** Nothing is left that could be answered again. */
async function exactlyOnce(place: Place): Promise<void> {
  await fleet.told(place, /Saved\. Write to wake me/, RECOVERY_MS);
  expect(fleet.answers(place)).toHaveLength(1);
}

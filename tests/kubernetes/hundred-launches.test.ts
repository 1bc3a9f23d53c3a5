// A hundred people at once on a cluster, under a cap that the API server's own watch is the witness of.
import { launchQueueName, redisKeys } from '@runnel/shared/redis';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { clusterAccess } from '../cluster/suite-cluster.ts';
import { startPlayedFleet } from './played-fleet.ts';

const PEOPLE = 100;
const CAP = 40;

const soon = { timeout: 180_000, interval: 200 };

test(`${PEOPLE} people at once under a cap of ${CAP}: never ${CAP + 1} pods, nobody twice, in the order in which they came`, async ({
  task,
}) => {
  // A launcher that is busy for a second is not taken for dead: its jobs would go back to the line.
  const settings = { RUNNER_CONCURRENCY: String(CAP), JOB_LOCK: '10s', STALLED_CHECK: '5s' };
  await using fleet = await startPlayedFleet(await clusterAccess(), { people: PEOPLE, launchers: 2, settings });
  const { story, runners } = fleet;
  const { watch } = runners;
  runners.hold();
  for (const person of story.people) person.say('hello');
  // As many as may be, and there they stay: the others wait for a place.
  await expect.poll(() => runners.acquired.length, soon).toBe(CAP);
  expect(watch.active()).toHaveLength(CAP);
  runners.release();
  await expect.poll(() => runners.acquired.length, soon).toBe(PEOPLE);
  await expect.poll(() => fleet.countAsleep(story.people), soon).toBe(PEOPLE);
  await expect.poll(() => watch.active(), soon).toEqual([]);

  Object.assign(task.meta, { most: watch.mostActive() });
  expect(watch.mostActive()).toBeLessThanOrEqual(CAP);
  expect([...watch.doubled]).toEqual([]);
  expect(watch.jobs.map(({ user }) => user).toSorted()).toEqual(story.people.map(({ userKey }) => userKey).toSorted());
  const { added, takenUp } = await readLine(story.fleet.redisUrl);
  expect(takenUp).toHaveLength(PEOPLE);
  expect(takenUp).toEqual(added);
});

/** The launches as they came into the queue, and as launchers took them up; each once, as the queue itself wrote it down. */
async function readLine(redisUrl: string): Promise<{ readonly added: string[]; readonly takenUp: string[] }> {
  await using opened = new AsyncDisposableStack();
  const connection = opened.adopt(new Redis(redisUrl), (redis) => redis.disconnect());
  const queue = new Queue(launchQueueName, { connection, prefix: redisKeys.launchQueuePrefix });
  opened.defer(() => queue.close());
  const records = await connection.xrange(queue.toKey('events'), '-', '+');
  const events = records.map(([, [, event, , jobId = '']]) => ({ event, jobId }));
  const first = (name: string): string[] => [
    ...new Set(events.flatMap(({ event, jobId }) => (event === name ? [jobId] : []))),
  ];
  return { added: first('added'), takenUp: first('active') };
}

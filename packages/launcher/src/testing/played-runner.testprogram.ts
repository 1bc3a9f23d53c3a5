// A runner that answers when the test says so: it holds its lease until `go:<user key>` is set in Redis.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Holder, UserKey } from '@runnel/shared';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { deliveryTestSettings } from '@runnel/shared/testing';

const { RUNNER_USER_KEY, RUNNER_GENERATION = '', RUNNER_OWNER = '', REDIS_URL = '' } = process.env;
const holder: Holder = { user: RUNNER_USER_KEY as UserKey, generation: RUNNER_GENERATION, owner: RUNNER_OWNER };
const leaseMs = 2_000;

const redis = connectRedis(REDIS_URL, 'commands', (error) => process.stderr.write(`${error.message}\n`));
const delivery = new RedisDelivery(redis, { ...deliveryTestSettings, leaseMs });

const answer = await delivery.acquire(holder);
if (answer !== 'ok') process.exit(answer === 'stale' ? 0 : 75);
await redis.rpush('acquired', holder.user);
process.on('SIGTERM', () => void delivery.release(holder, 'drain').then(() => process.exit(0)));

while ((await redis.exists(`go:${holder.user}`)) === 0) {
  if ((await delivery.renew(holder)) === 'lost') process.exit(0);
  await sleep(20);
}
await delivery.acknowledge(holder, await delivery.backlog(holder.user));
process.exit((await delivery.release(holder, 'idle')).kind === 'released' ? 0 : 1);

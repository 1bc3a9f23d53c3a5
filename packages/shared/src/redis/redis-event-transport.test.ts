import { afterAll, expect, test } from 'vitest';
import { envelopeMaker } from '../event.ts';
import { describeEventTransport } from '../testing/event-transport.testsuite.ts';
import { freshRedisUrl } from '../testing/fresh-redis-url.ts';
import { connectRedis } from './connect-redis.ts';
import { redisEventTransport } from './redis-event-transport.ts';
import { redisKeys } from './redis-keys.ts';

const url = await freshRedisUrl();
const redis = connectRedis(url, 'commands', () => undefined);
afterAll(() => redis.disconnect());
const dropped: unknown[] = [];
const transport = redisEventTransport({
  redis,
  openConnection: () => connectRedis(url, 'blocking', () => undefined),
  onDropped: (error) => dropped.push(error),
});

describeEventTransport('Redis', async () => transport);

test('the stream of a person is bounded and expires', async () => {
  const wrap = envelopeMaker('T0:UBOUND');
  for (let n = 0; n < 1_200; n += 1) await transport.publish(wrap({ type: 'agent.text', data: { n } }));
  expect(await redis.xlen(redisKeys.events('T0:UBOUND'))).toBeLessThan(700);
  expect(await redis.pttl(redisKeys.events('T0:UBOUND'))).toBeGreaterThan(0);
});

test('an event that cannot be published is dropped and reported, never thrown', async () => {
  await redis.set(redisKeys.events('T0:UWRONG'), 'not a stream');
  await transport.publish(envelopeMaker('T0:UWRONG')({ type: 'agent.text', data: {} }));
  expect(dropped).toHaveLength(1);
});

test('an entry of the stream that is no JSON is passed over, and the subscription goes on', async () => {
  const wrap = envelopeMaker('T0:UTORN');
  await redis.xadd(redisKeys.events('T0:UTORN'), '*', 'id', 'torn', 'e', '{"v":1');
  await transport.publish(wrap({ type: 'agent.text', data: { n: 1 } }));
  const leaving = new AbortController();
  for await (const envelope of transport.subscribe('T0:UTORN', { signal: leaving.signal })) {
    expect(envelope).toMatchObject({ seq: 0, data: { n: 1 } });
    leaving.abort();
  }
});

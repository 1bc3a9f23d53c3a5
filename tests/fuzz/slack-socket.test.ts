// Anything at all comes down Slack's socket: a real ingress acknowledges it and lives on, and a real runner gets through what was appended.
import { isUserKey } from '@runnel/shared';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { checkProperty, deliveryTestSettings, freshRedisUrl, patience } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openStandIn, startIngress } from '../ingress/start-ingress.ts';
import { openRunnerStage } from '../runner/start-runner.ts';
import { anyFrame } from './slack-envelopes.ts';

test(
  'whatever Slack sends is acknowledged, ends nothing, and is read again by the runner that it is for',
  patience(),
  async () => {
    const [standIn, redisUrl] = [await openStandIn(1), await freshRedisUrl()];
    const ingress = await startIngress({ standIn, redisUrl, settings: { INBOX_LIMIT: '10000', LOG_LEVEL: 'info' } });
    let ended: unknown;
    void ingress.exited.then((code) => (ended = code));

    const frames = fc.array(anyFrame, { minLength: 5, maxLength: 30, size: 'max' });
    await checkProperty({ of: frames, runs: 25, lasting: true }, async (some) => {
      for (const { text } of some) standIn.sockets.sendText(text);
      const unheard = (): string[] => {
        const acknowledged = new Set(standIn.record.acknowledgements());
        return some.flatMap(({ id, text }) => (id === undefined || acknowledged.has(id) ? [] : [text.slice(0, 500)]));
      };
      await expect.poll(unheard, { interval: 5 }).toEqual([]);
      expect(ended).toBeUndefined();
      expect(standIn.sockets.count()).toBe(1);
    });

    expect(ingress.log().filter((line) => line.msg === 'slack socket leaves')).toEqual([]);
    expect((await fetch(`${ingress.url}/readyz`)).status).toBe(200);
    expect(ingress.stderr()).toBe('');
    await expectReadable(redisUrl);

    const stage = await openRunnerStage({ redisUrl });
    expect((await stage.delivery.backlog(stage.user)).length).toBeGreaterThan(10);
    // All of it is one long read: a lease of a tenth would be about the machine's load.
    await stage.start({ AGENT_PROVIDER: 'scripted', LEASE_DURATION: '30s', LEASE_MARGIN: '5s' });
    await stage.emptied(60_000);
    expect(await stage.redis.xlen(`{${stage.user}}:dead`)).toBe(0);
  },
);

/** What one process appends every other can read, and whose it is can be told. */
async function expectReadable(redisUrl: string): Promise<void> {
  const redis = connectRedis(redisUrl, 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  const delivery = new RedisDelivery(redis, deliveryTestSettings);
  const people = (await redis.keys('*:inbox')).map((key) => key.slice(1, -'}:inbox'.length));
  for (const user of people) {
    if (!isUserKey(user)) throw new Error(`${JSON.stringify(user)} is nobody`);
    const unreadable = (await delivery.backlog(user)).filter(({ payload }) => payload.type === 'unreadable');
    expect(unreadable).toEqual([]);
  }
}

// An ingress of a soak: the shipped append and wake, with what Slack delivers coming over the channel.
import { appendEntry, wakeRunner } from '@runnel/ingress/serving';
import { stepChannel, type Step } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { createLogger } from '@runnel/shared/process';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { droppingWakes } from './dropping-wakes.ts';
import { openChild } from './open-child.ts';
import { durations, protocol } from './soak-settings.ts';
import type { IngressVerbs } from './soak-verbs.ts';

const { settings, main, strike } = openChild<IngressVerbs>({
  async deliver({ request, thread, copy }) {
    if (strike('lose-answer', 0.001, 'enqueue', request.identity, copy)) setImmediate(() => redis.stream?.destroy());
    const { answer } = await appendEntry({ request, thread }, { inbox, told }, durations.maxBacklog);
    await wakeRunner(launches, { user: request.user, hint: answer.hint }, log);
    return { verdict: answer.verdict, entryId: answer.entryId };
  },
});

const log = createLogger('ingress', 'silent');
const redis = connectRedis(settings.redisUrl, 'commands', () => undefined);
const inbox = new RedisDelivery(redis, protocol);
const told = { isFirstInThread: async () => false, isFirstInDay: async () => false };
const { redisUrl } = settings;
const queue = bullmqLaunchQueue({ redisUrl, ...durations, onError: () => undefined });
const launches = droppingWakes(queue, strike);
stepChannel.asyncEnd.subscribe((message) => {
  const { name, source = '' } = message as Step;
  if (name === 'wake') main.tell('woke', source);
});
main.tell('ready', null);

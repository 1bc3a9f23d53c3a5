// A launcher of a soak: the shipped one, with the pods of the main process.
import { runLauncher, type PodBackend } from '@runnel/launcher/serving';
import { stepChannel, type Step } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { createLogger } from '@runnel/shared/process';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { slackReplySink } from '@runnel/shared/slack';
import type { WebClient } from '@slack/web-api';
import { droppingWakes } from './dropping-wakes.ts';
import { openChild, standStill } from './open-child.ts';
import { slackOverChannel } from './slack-over-channel.ts';
import { durations, protocol, runnerCap } from './soak-settings.ts';
import type { EndedPod, LauncherVerbs } from './soak-verbs.ts';

const watchers = new Set<(pod: EndedPod) => void>();
const { settings, main, strike } = openChild<LauncherVerbs>({
  podEnded(pod) {
    for (const watcher of watchers) watcher(pod);
  },
  standStill: () => standStill(main),
});

const backend: PodBackend = {
  create: (spec) => main.ask('createPod', spec),
  look: (name) => main.ask('lookPod', name),
  list: () => main.ask('listPods', null),
  async watch(onEnd, signal) {
    watchers.add(onEnd);
    main.tell('watchPods', null);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    watchers.delete(onEnd);
  },
  stop: ({ uid }, graceMs) => main.ask('stopPod', { uid, graceMs }),
  remove: ({ uid }) => main.ask('removePod', uid),
  logs: async () => [],
  diagnose: async () => undefined,
};

stepChannel.asyncEnd.subscribe((message) => {
  const { name, source = '' } = message as Step;
  if (name === 'wake') main.tell('woke', source);
});
const { redisUrl, users } = settings;
const redis = connectRedis(redisUrl, 'commands', () => undefined);
const queue = bullmqLaunchQueue({ redisUrl, ...durations, onError: () => undefined });
const quiet = async (): Promise<void> => undefined;
main.tell('ready', null);
await runLauncher(
  {
    delivery: new RedisDelivery(redis, protocol),
    queue: droppingWakes(queue, strike),
    backend,
    replies: slackReplySink(slackOverChannel(main, 'launcher') as WebClient),
    status: { working: quiet, stage: quiet, rest: quiet, mark: quiet },
    log: createLogger('launcher', 'silent'),
  },
  { ...durations, concurrency: runnerCap(users), memoryBytes: 2 ** 31, circuitAfter: protocol.circuitAfter },
  new AbortController().signal,
);

// The shipped launcher in a process of its own: `node launcher-process.ts <redis url> <concurrency>`. Its pods are lives in other processes.
import { MemoryPodBackend, runLauncher, type PodBackend } from '@runnel/launcher/serving';
import { runnerName } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { createLogger } from '@runnel/shared/process';
import { connectRedis, RedisDelivery, redisStepTrace } from '@runnel/shared/redis';
import { memoryReplySink } from '@runnel/shared/testing';
import { answerParent, monotonicMs, tellParent, type LauncherQuestions } from './fleet-process.ts';
import { launcher, launchWorkers, protocol } from './fleet-settings.ts';

class AnnouncedPods extends MemoryPodBackend {
  override async create(spec: Parameters<PodBackend['create']>[0]): ReturnType<PodBackend['create']> {
    const answer = await super.create(spec);
    const { user, generation, uid: owner } = answer.pod;
    if (answer.kind === 'created') tellParent({ kind: 'pod', holder: { user, generation, owner } });
    return answer;
  }
}

const [, , redisUrl = '', concurrency = ''] = process.argv;
const fail = (error: Error): void => {
  throw error;
};
const redis = connectRedis(redisUrl, 'commands', fail);
redisStepTrace({ redis, process: 'launcher', onDropped: () => undefined });
const backend = new AnnouncedPods();
const quiet = async (): Promise<void> => undefined;

answerParent<LauncherQuestions>({
  usage() {
    const { user, system } = process.cpuUsage();
    return { cpuMs: (user + system) / 1_000, rssMb: process.memoryUsage.rss() / 1024 ** 2 };
  },
  async ended(user) {
    const pod = await backend.look(runnerName(user));
    if (pod !== undefined) backend.finish(pod, { reason: 'exited', exitCode: 0 });
    return null;
  },
});
const running = runLauncher(
  {
    delivery: new RedisDelivery(redis, protocol),
    queue: bullmqLaunchQueue({ redisUrl, ...launchWorkers, onError: fail }),
    backend,
    replies: memoryReplySink(),
    status: {
      working: quiet,
      stage: async ({ channel }, line) => tellParent({ kind: 'line', channel, line, at: monotonicMs() }),
      rest: quiet,
      mark: quiet,
    },
    log: createLogger('launcher', 'error'),
  },
  { ...launcher, concurrency: Number(concurrency) },
  new AbortController().signal,
);
tellParent({ kind: 'ready' });
await running;

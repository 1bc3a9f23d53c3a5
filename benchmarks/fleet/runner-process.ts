// Some hundreds of runners in one process: `node runner-process.ts <redis url> <folder> [files]`.
import type { UserKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { connectRedis, redisStepTrace } from '@runnel/shared/redis';
import { answerParent, monotonicMs, tellParent, type RunnerQuestions } from './fleet-process.ts';
import { recordStages } from './record-stages.ts';
import { liveOnce } from './runner-life.ts';

const [, , redisUrl = '', folder = '', files] = process.argv;
const keepsFiles = files === 'files';
const log = createLogger('runner', 'error');
const redis = connectRedis(redisUrl, 'commands', (error) => log.error({ err: error }, 'redis connection'));
redisStepTrace({ redis, process: 'runner', onDropped: () => undefined });
const draining = new Map<UserKey, AbortController>();

answerParent<RunnerQuestions>({
  live(holder) {
    const { user } = holder;
    const drain = new AbortController();
    draining.set(user, drain);
    const onAcquired = (): void => tellParent({ kind: 'acquired', user, at: monotonicMs() });
    void liveOnce(holder, { redisUrl, folder, keepsFiles, log, signal: drain.signal, onAcquired })
      .catch((error: unknown) => log.error({ err: error, user }, 'life ended'))
      .finally(() => tellParent({ kind: 'ended', user }));
    return null;
  },
  drain(users) {
    for (const user of users) draining.get(user)?.abort(new Error('asked to drain'));
    return null;
  },
  stages: recordStages(),
});
tellParent({ kind: 'ready' });

// A host of a soak: many runners in one process, so that it can be killed, or stand still, with all of them.
import { Worker } from 'node:worker_threads';
import { createLogger } from '@runnel/shared/process';
import { openChild, standStill } from './open-child.ts';
import type { RenewalOrder, RenewalReport, RenewalThreadData } from './renewal-thread.ts';
import { runnerConnections } from './runner-connections.ts';
import { RunnerLife } from './runner-life.ts';
import { durations } from './soak-settings.ts';
import type { HostVerbs, TakenStep } from './soak-verbs.ts';
import { watchSteps } from './watch-steps.ts';

const REPORT_MS = 100;

const lives = new Map<string, RunnerLife>();
const { settings, main, dice, strike } = openChild<HostVerbs>({
  startLife(order) {
    const life = new RunnerLife({ ...parts, onEnd }, order);
    lives.set(order.owner, life);
    void life.run();
  },
  killLife: (owner) => lives.get(owner)?.die({ owner, reason: 'killed' }),
  deafenLife: ({ owner, ms }) => thread.postMessage({ kind: 'deafen', owner, ms } satisfies RenewalOrder),
  drainLife: (owner) => lives.get(owner)?.drain(),
  standStill: () => standStill(main),
});

const { leaseMs, marginMs, renewalMs } = durations;
const threadData: RenewalThreadData = {
  redisUrl: settings.redisUrl,
  leaseMs,
  marginMs,
  renewalMs,
  stallMs: 2 * leaseMs,
};
const thread = new Worker(new URL('./renewal-thread.ts', import.meta.url), { workerData: threadData });
thread.on('message', ({ owner, news }: RenewalReport) => lives.get(owner)?.hear(news));
thread.on('error', (error: Error) => main.tell('defect', `renewal thread: ${error.message}`));

const parts = {
  main,
  dice,
  connections: runnerConnections(settings.redisUrl),
  renew: (order: RenewalOrder) => thread.postMessage(order),
  folder: settings.folder,
  log: createLogger('runner', 'silent'),
};
const onEnd: ConstructorParameters<typeof RunnerLife>[0]['onEnd'] = (life, end) => {
  lives.delete(life.order.owner);
  main.tell('lifeEnded', end === 'vanished' ? { owner: life.order.owner, isSeen: false } : { ...end, isSeen: true });
};

let taken: TakenStep[] = [];
watchSteps({
  dice,
  strike,
  lifeOf: (owner) => lives.get(owner),
  onChangedHands: (step) => main.tell('changedHands', step),
  onTaken: (step) => void taken.push(step),
});
setInterval(() => {
  if (taken.length > 0) main.tell('taken', taken);
  taken = [];
}, REPORT_MS);
main.tell('ready', null);

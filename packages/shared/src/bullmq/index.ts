// The door `@runnel/shared/bullmq`: the launch queue. Apart from the other adapters, for runners never load BullMQ.
export { bullmqLaunchQueue } from './bullmq-launch-queue.ts';

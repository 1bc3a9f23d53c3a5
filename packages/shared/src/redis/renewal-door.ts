// The door `@runnel/shared/redis-renewal`: what a renewal thread needs and nothing else, for each runner pays for it in memory.
export { connectRedis } from './connect-redis.ts';
export { redisRenewal } from './redis-renewal.ts';
export { redisStepTrace } from './redis-step-trace.ts';
export { takeStep } from '../step.ts';

// The door `@runnel/shared/redis`: the adapters on Redis and BullMQ.
export { assertFitRedis, connectRedis } from './connect-redis.ts';
export { RedisDelivery, type DeliverySettings } from './redis-delivery.ts';
export { redisEventTransport } from './redis-event-transport.ts';
export { redisKeptThreads } from './redis-kept-threads.ts';
export { launchQueueName, redisKeys } from './redis-keys.ts';
export { redisStepTrace } from './redis-step-trace.ts';
export { redisTime } from './redis-time.ts';

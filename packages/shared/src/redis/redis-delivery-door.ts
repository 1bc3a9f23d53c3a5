// The door `@runnel/shared/redis-delivery`: the adapters on Redis alone. BullMQ, behind the other door, would double a runner's start.
export { assertFitRedis, connectRedis } from './connect-redis.ts';
export { RedisDelivery, type DeliverySettings } from './redis-delivery.ts';
export { redisEventTransport } from './redis-event-transport.ts';

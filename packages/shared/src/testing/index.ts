// What tests and benchmarks need from this package; no process imports it.
export { freshRedisUrl } from './fresh-redis-url.ts';
export { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';
export { MemoryDelivery } from './memory-delivery.ts';
export { memoryKeptThreads } from './memory-kept-threads.ts';
export { memoryLaunchQueue, type MemoryLaunchQueue } from './memory-launch-queue.ts';
export { deliveryTestSettings, promptOf } from './delivery.testsuite.ts';
export { memoryReplySink, type MemoryReplySink, type ReplyFault } from './memory-reply-sink.ts';
export { memoryThreadStatus, type MemoryThreadStatus } from './memory-thread-status.ts';
export { describeReplySink, type ReplySinkStage } from './reply-sink.testsuite.ts';
export { describeThreadStatus } from './thread-status.testsuite.ts';
export { anyPayload } from './any-payload.ts';
export { checkProperty, patience, testProperty } from './check-property.ts';
export { describeAnyEnvironment } from './any-environment.testsuite.ts';
export { hostileJsonText, hostileText, mutated } from './hostile-values.ts';

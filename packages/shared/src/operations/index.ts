// The door `@runnel/shared/operations`: the HTTP side that processes have for operators and for Kubernetes. Not for runners: it costs memory.
export { checkReadiness, type Readiness } from './check-readiness.ts';
export { isSameSecret } from './is-same-secret.ts';
export { startOperationsServer, type OperationsServer } from './operations-server.ts';
export { redisFault } from './redis-fault.ts';

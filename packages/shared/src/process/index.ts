// The door `@runnel/shared/process`: what every main.ts needs.
export { checkLease, connectionOptions, deliverySettings, leaseOptions, renewalMs } from './fleet-options.ts';
export { httpOptions } from './http-options.ts';
export { createLogger, type Logger } from './logger.ts';
export { endMarked, findMarked, listMarked } from './marked-processes.ts';
export { option, type Option } from './option.ts';
export {
  describeConfiguration,
  documentConfiguration,
  isNeeded,
  readConfiguration,
  type Configuration,
  type OptionTable,
  type OptionValues,
} from './option-table.ts';
export { identifyProcess, isAlive, readProc, type ProcessIdentity } from './process-identity.ts';
export { agentPolicies, checkRunner, runnerOptions, type AgentName } from './runner-options.ts';
export { exitCode, runProcess } from './run-process.ts';
export { freePort } from './free-port.ts';

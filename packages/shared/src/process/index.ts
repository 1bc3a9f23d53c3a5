// The door `@runnel/shared/process`: what every main.ts needs.
export { checkLease, connectionOptions, deliverySettings, leaseOptions, renewalMs } from './fleet-options.ts';
export { createLogger, type Logger } from './logger.ts';
export { endMarked, findMarked, listMarked } from './marked-processes.ts';
export { option, type Option } from './option.ts';
export { documentConfiguration, type Configuration, type OptionValues } from './option-table.ts';
export { identifyProcess, isAlive, readProc, type ProcessIdentity } from './process-identity.ts';
export { checkRunner, runnerOptions } from './runner-options.ts';
export { exitCode, runProcess } from './run-process.ts';

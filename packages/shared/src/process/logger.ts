// Structured logs: constant messages with fields, secrets redacted, to standard output.
import { pino, type Logger } from 'pino';

export type { Logger };

const SECRET_PATHS = ['token', '*.token', 'headers.authorization', 'password', '*.password'];
/** What ioredis hangs on its errors: the password of a refused login, the words of a message that was not taken. */
const SENT_PATHS = ['err.command.args', 'err.previousErrors[*].command.args'];

export function createLogger(process: string, level = 'info'): Logger {
  return pino({
    level,
    base: { process },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: [...SECRET_PATHS, ...SENT_PATHS], censor: '[redacted]' },
  });
}

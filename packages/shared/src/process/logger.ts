// Structured logs: constant messages with fields, secrets redacted, to standard output.
import { pino, type Logger } from 'pino';

export type { Logger };

export function createLogger(process: string, level = 'info'): Logger {
  return pino({
    level,
    base: { process },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ['token', '*.token', 'headers.authorization', 'password', '*.password'], censor: '[redacted]' },
  });
}

// The life of a process: first signal drains, second one exits, a deadline kills; faults of settings exit with 78.
import { RunnelError } from '../errors.ts';
import type { Logger } from './logger.ts';
import {
  describeConfiguration,
  readConfiguration,
  type Configuration,
  type OptionTable,
  type OptionValues,
} from './option-table.ts';

/** Exit codes of ours, after sysexits.h where it has one. `superseded`: a runner lost its lease and said nothing more. */
export const exitCode = { ok: 0, failed: 1, usage: 64, unavailable: 69, busy: 75, superseded: 76, config: 78 } as const;

export type ProcessPlan<T extends OptionTable> = {
  readonly configuration: Configuration<T>;
  readonly env: NodeJS.ProcessEnv;
  readonly argv: readonly string[];
  readonly log: Logger;
  /** How long a drain may take before the process is ended from inside. */
  readonly drainMs: (settings: OptionValues<T>) => number;
  /** Resolves with the exit code once everything that was opened is closed; `signal` asks to drain. */
  readonly run: (settings: OptionValues<T>, signal: AbortSignal) => Promise<number>;
};

/** Never returns: the process exits with the code of `run`. */
export async function runProcess<T extends OptionTable>(plan: ProcessPlan<T>): Promise<never> {
  if (plan.argv.includes('--help') || plan.argv.includes('-h')) {
    process.stdout.write(describeConfiguration(plan.configuration));
    process.exit(exitCode.ok);
  }
  try {
    const settings = readConfiguration(plan.configuration, plan.env);
    const signal = drainOnSignal(plan.log, plan.drainMs(settings));
    process.exit(await plan.run(settings, signal));
  } catch (reason) {
    const error = RunnelError.from(reason);
    // What we foresaw is a sentence for the person who started this; only a surprise needs its stack.
    process.stderr.write(`${error.message}\n`);
    if (error.code === 'unknown') plan.log.fatal({ err: error }, 'process failed');
    process.exit(error.code === 'config_invalid' ? exitCode.config : exitCodeOf(error));
  }
}

function exitCodeOf(error: RunnelError): number {
  return error.retry.kind === 'retryable' ? exitCode.unavailable : exitCode.failed;
}

function drainOnSignal(log: Logger, drainMs: number): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      log.warn({ signal: name }, 'second signal, exiting at once');
      process.exit(exitCode.failed);
    }
    log.info({ signal: name, drainMs }, 'draining');
    controller.abort();
    setTimeout(() => {
      log.error({ drainMs }, 'drain took too long, exiting');
      process.exit(exitCode.failed);
    }, drainMs).unref();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // What nobody caught must not leave a half-dead process behind: the lease or Slack's redelivery repairs it.
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (reason: unknown) => {
      log.fatal({ err: RunnelError.from(reason) }, 'unexpected failure, exiting');
      process.exit(exitCode.failed);
    });
  }
  return controller.signal;
}

// The launcher's answers to operators: who lives, and all that is known about one runner. It only reads, and shows no secret.
import { RunnelError } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { Hono } from 'hono';
import { redactAll, type Redact } from '../redact-secrets.ts';
import { diagnoseRunner, type DiagnosisParts } from './diagnose-runner.ts';
import { findRunner } from './find-runner.ts';
import { guardOperations } from './guard-operations.ts';
import { listRunners } from './list-runners.ts';

export type RunnerRoutesParts = DiagnosisParts & {
  /** Bearer token with the scope to read. */
  readonly token: string;
  readonly redact: Redact;
  readonly log: Logger;
};

export function runnerRoutes(parts: RunnerRoutesParts): Hono {
  const { token, redact, log } = parts;
  const app = new Hono();
  app.use('/v1/*', guardOperations(token, log));
  app.get('/v1/runners', async (context) => context.json({ runners: await listRunners(parts) }));
  app.get('/v1/runners/:name/diagnostics', async (context) => {
    const given = context.req.param('name');
    const found = await findRunner(parts, given);
    const diagnostics = found === undefined ? undefined : await diagnoseRunner(parts, found);
    if (diagnostics === undefined) return context.json({ error: nobody(given) }, 404);
    return context.json(redactAll(diagnostics, redact));
  });
  app.onError((error, context) => {
    const { rawMessage } = RunnelError.from(error);
    return context.json({ error: redact(`What was asked for cannot be found out now: ${rawMessage}`) }, 503);
  });
  return app;
}

function nobody(given: string): string {
  return (
    `Nobody is known as ${given.slice(0, 100)}: name a runner (runner-<20 hex digits>), a user key (T0123ABCD:U0123ABCD), ` +
    'or the Slack user id of somebody who has a runner now (U0123ABCD). What ended is kept for a quarter of an hour.'
  );
}

// Stage: lets in who has the operators' token, which may read, and writes down who asked for what.
import { RunnelError } from '@runnel/shared';
import { isSameSecret } from '@runnel/shared/operations';
import type { Logger } from '@runnel/shared/process';
import type { MiddlewareHandler } from 'hono';

const NO_TOKEN =
  'Diagnostics are closed: start the launcher with OPERATIONS_TOKEN set to a long random text, then send "Authorization: Bearer <that text>".';
const WRONG = 'Diagnostics need the token: send "Authorization: Bearer <OPERATIONS_TOKEN>".';
/** Who was not let in may have written anything into the path. */
const LONGEST_NAME = 100;

/** An empty token keeps everybody out. */
export function guardOperations(token: string, log: Logger): MiddlewareHandler {
  return async (context, next) => {
    const bearer = /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '')?.[1] ?? '';
    const isLetIn = isSameSecret(bearer, token);
    if (isLetIn) await next();
    else context.res = context.json({ error: token === '' ? NO_TOKEN : WRONG }, token === '' ? 403 : 401);
    const { method, path } = context.req;
    const { status } = context.res;
    const failure = context.error === undefined ? {} : { err: RunnelError.from(context.error) };
    const audit = { who: isLetIn ? 'token' : 'nobody', method, path: path.slice(0, LONGEST_NAME), status, ...failure };
    log.info(audit, 'operations request');
  };
}

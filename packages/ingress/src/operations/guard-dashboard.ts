// Stage: lets operators see the dashboard, and nobody else. A link with the token becomes a cookie, so that it is typed once.
import { createHash } from 'node:crypto';
import { isSameSecret } from '@runnel/shared/operations';
import type { MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

const COOKIE = 'runnel_dashboard';
const NO_TOKEN =
  'The dashboard is closed: start ingress with DASHBOARD_TOKEN set to a long random text, then open /queues?token=<that text>.\n';
const WRONG =
  'The dashboard needs its token: open /queues?token=<DASHBOARD_TOKEN>, or send "Authorization: Bearer <DASHBOARD_TOKEN>".\n';
// A page that shows what strangers wrote runs no script but its own, and asks no other host for anything.
const CONTENT_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** An empty token keeps everybody out. The token is never in a page, and the cookie holds only a digest of it. */
export function guardDashboard(token: string): MiddlewareHandler {
  const cookie = createHash('sha256').update(`cookie ${token}`).digest('hex');
  return async (context, next) => {
    if (token === '') return context.text(NO_TOKEN, 403);
    const { token: offered, ...rest } = context.req.query();
    if (offered !== undefined) {
      if (!isSameSecret(offered, token)) return context.text(WRONG, 401);
      setCookie(context, COOKIE, cookie, { httpOnly: true, sameSite: 'Strict', path: '/queues' });
      const query = new URLSearchParams(rest).toString();
      return context.redirect(query === '' ? context.req.path : `${context.req.path}?${query}`);
    }
    const bearer = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1];
    const isLetIn =
      (bearer !== undefined && isSameSecret(bearer, token)) || isSameSecret(getCookie(context, COOKIE) ?? '', cookie);
    if (!isLetIn) return context.text(WRONG, 401);
    context.header('Content-Security-Policy', CONTENT_POLICY);
    context.header('Referrer-Policy', 'no-referrer');
    return next();
  };
}

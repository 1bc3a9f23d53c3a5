// Lets in who holds the link of this run, and nobody else: what is written on the page runs as commands on this machine.
// Other programs on the machine, other pages in the browser and names that resolve to 127.0.0.1 are all strangers.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

export type LocalPageEnv = { Bindings: HttpBindings };

const REFUSAL = 'This page is only for who started it: open the link that npm start printed.\n';
const READING = new Set(['GET', 'HEAD']);

/**
 * Trades the token of `/?token=…` for a cookie and asks for it ever after.
 * The cookie is named after the port: browsers share cookies between all ports of a host.
 */
export function guardLocalPage(token: string): MiddlewareHandler<LocalPageEnv> {
  return async (c, next) => {
    const port = c.env.incoming.socket.localPort;
    const cookie = `runnel-chat-${port}`;
    if (!isSameOrigin(c, port)) return c.text(REFUSAL, 403);
    const offered = c.req.path === '/' ? c.req.query('token') : undefined;
    if (offered !== undefined) {
      if (!isSame(offered, token)) return c.text(REFUSAL, 403);
      setCookie(c, cookie, token, { httpOnly: true, sameSite: 'Strict', path: '/' });
      return toCleanAddress(c);
    }
    if (!isSame(getCookie(c, cookie) ?? '', token)) return c.text(REFUSAL, 403);
    return next();
  };
}

function isSameOrigin(c: Context<LocalPageEnv>, port: number | undefined): boolean {
  const host = c.req.header('host');
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return false;
  const origin = c.req.header('origin');
  return origin === undefined ? READING.has(c.req.method) : origin === `http://${host}`;
}

function toCleanAddress(c: Context<LocalPageEnv>): Response {
  if (c.req.header('sec-fetch-site') !== 'cross-site') return c.redirect('/', 303);
  // A redirect that another site began goes without strict cookies; a refresh is begun by this page.
  c.header('Refresh', '0; url=/');
  return c.body(null, 200);
}

/** Takes equally long whatever is offered. */
function isSame(offered: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(offered), digest(token));
}

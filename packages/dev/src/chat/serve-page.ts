// The page's own files, with headers that let nothing else in: no inline script, no other origin, no frame.
import { readFile } from 'node:fs/promises';
import type { Context, MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

const FOLDER = new URL('./page/', import.meta.url);
const MIME_TYPES = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['svg', 'image/svg+xml'],
]);

export async function servePage(c: Context, name: string): Promise<Response> {
  const type = MIME_TYPES.get(/^[a-z-]+\.([a-z]+)$/.exec(name)?.[1] ?? '');
  if (type === undefined) return c.notFound();
  const content = await readFile(new URL(name, FOLDER)).catch(() => undefined);
  return content === undefined ? c.notFound() : c.body(content, 200, { 'Content-Type': type });
}

export function pageHeaders(): MiddlewareHandler {
  const headers = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["'none'"],
    },
    xFrameOptions: 'DENY',
    referrerPolicy: 'same-origin',
    // Plain HTTP on loopback: there is no transport to insist on.
    strictTransportSecurity: false,
  });
  return async (c, next) => {
    await headers(c, next);
    c.header('Cache-Control', 'no-store');
  };
}

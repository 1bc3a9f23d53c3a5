// A page of a stranger in this machine's browser must not reach the stand-in: neither by its own name for it nor across origins.
import type { IncomingMessage } from 'node:http';

const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** `host` is the address it was told to listen on: whoever named another one than the loopback meant that. */
export function isLoopbackRequest({ headers }: Pick<IncomingMessage, 'headers'>, host: string): boolean {
  const names = [...NAMES, host];
  const isOurs = URL.canParse(`http://${headers.host}`) && names.includes(new URL(`http://${headers.host}`).hostname);
  return isOurs && (headers.origin === undefined || headers.origin === `http://${headers.host}`);
}

// A page of a stranger in this machine's browser must not reach the stand-in: neither by its own name for it nor across origins.
import type { IncomingMessage } from 'node:http';

const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

export function isLoopbackRequest({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const isOurs = URL.canParse(`http://${headers.host}`) && NAMES.includes(new URL(`http://${headers.host}`).hostname);
  return isOurs && (headers.origin === undefined || headers.origin === `http://${headers.host}`);
}

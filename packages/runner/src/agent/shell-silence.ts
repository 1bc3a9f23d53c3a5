// A stream that also tells when nothing comes.
import type { Readable } from 'node:stream';

/** Its chunks, and `undefined` after each such time without one. */
export async function* withSilence(stream: Readable, silenceMs: number): AsyncGenerator<Buffer | undefined> {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let next = ask(chunks);
  for (;;) {
    const silence = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => silence.resolve(undefined), silenceMs);
    const came = await Promise.race([next, silence.promise]);
    clearTimeout(timer);
    if (came?.done === true) return;
    yield came?.value;
    if (came !== undefined) next = ask(chunks);
  }
}

function ask(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
  const next = chunks.next();
  // Whoever leaves during a silence never looks at it.
  next.catch(() => undefined);
  return next;
}

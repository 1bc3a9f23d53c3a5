// JSON-RPC with a program on its standard streams: a message a line, without the member `jsonrpc`. No library does bare lines of that kind.
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { Incoming } from './incoming.ts';

/** With an id it is a question, which is to be answered. */
export type RpcMessage = { readonly id?: RpcId | undefined; readonly method: string; readonly params?: unknown };
export type RpcId = string | number;

export type JsonLinesRpc = {
  /** All that the other side says and asks, from the very first; ends when it ends. To be read once. */
  readonly messages: AsyncIterable<RpcMessage>;
  /** Rejects with the other side's words, and when it ends before its answer. */
  request(method: string, params: object): Promise<unknown>;
  notify(method: string): void;
  answer(id: RpcId, result: unknown): void;
  refuse(id: RpcId, why: string): void;
};

const METHOD_NOT_FOUND = -32_601;
/** In characters. A program that goes on without a line feed is one that is broken, and counts as ended. */
const LONGEST_LINE = 32 * 1024 * 1024;

const lineSchema = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

export function jsonLinesRpc(input: Readable, output: Writable): JsonLinesRpc {
  const asked = new Map<RpcId, PromiseWithResolvers<unknown>>();
  const heard = new Incoming<RpcMessage>();
  let count = 0;
  let isOver = false;
  const send = (message: object): void => void output.write(`${JSON.stringify(message)}\n`);

  const take = (line: string): void => {
    const message = parseLine(line);
    if (message === undefined) return;
    const { id, method, params, result, error } = message;
    if (method !== undefined) {
      heard.push({ id, method, params });
    } else if (id !== undefined) {
      if (error === undefined) asked.get(id)?.resolve(result);
      else asked.get(id)?.reject(new Error(error.message));
      asked.delete(id);
    }
  };
  const end = (): void => {
    isOver = true;
    for (const { reject } of asked.values()) reject(new Error('it ended without an answer'));
    heard.end();
  };
  readLines(input, take, end);

  return {
    messages: heard,
    request: (method, params) => {
      if (isOver) return Promise.reject(new Error('it has ended'));
      count += 1;
      const answer = Promise.withResolvers<unknown>();
      asked.set(count, answer);
      send({ id: count, method, params });
      return answer.promise;
    },
    notify: (method) => send({ method }),
    answer: (id, result) => send({ id, result }),
    refuse: (id, why) => send({ id, error: { code: METHOD_NOT_FOUND, message: why } }),
  };
}

/** Only at line feeds: Node's readline also cuts at U+2028, which JSON may hold as it is. */
function readLines(input: Readable, take: (line: string) => void, end: () => void): void {
  let rest = '';
  input.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
    if (rest.length > LONGEST_LINE) input.destroy();
  });
  input.once('close', end);
}

/** Undefined for what is no message: programs print other lines too. */
function parseLine(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

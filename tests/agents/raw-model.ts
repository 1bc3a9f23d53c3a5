// A model on loopback for what aimock cannot do: it answers with whatever bytes, or hands the question on and remembers it word for word.
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';

/** The URL of another model that shall answer, or undefined where the answer was written. `asked`: how often by now. */
export type RawAnswer = (response: ServerResponse, asked: number) => string | undefined;

export type RawModel = {
  readonly url: string;
  /** Every question, word for word. */
  readonly bodies: string[];
};

export async function startRawModel(answer: RawAnswer): Promise<RawModel> {
  const bodies: string[] = [];
  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      bodies.push(body);
      const other = answer(response, bodies.length);
      if (other === undefined) return;
      const { method, url = '/', headers } = incoming;
      const asked = request(new URL(url, other), { method, headers }, (answered) => {
        response.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(response);
      });
      response.once('close', () => asked.destroy());
      asked.once('error', () => response.destroy());
      asked.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

// Against real sockets: what the client throws for each way in which a call can end.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { slackClient } from './slack-client.ts';
import { type SlackCallError, slackError } from './slack-error.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function failWith(answer: RequestListener): Promise<SlackCallError> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return failAt((server.address() as AddressInfo).port);
}

async function failAt(port: number): Promise<SlackCallError> {
  const client = slackClient({ apiUrl: `http://127.0.0.1:${port}/api/`, token: 'xoxb-1', timeoutMs: 300 });
  return client.auth.test().then(
    () => {
      throw new Error('the call worked');
    },
    (thrown: unknown) => slackError(thrown),
  );
}

const refuse =
  (error: string): RequestListener =>
  (_, response) => {
    response.end(JSON.stringify({ ok: false, error }));
  };

test.each([
  ['invalid_auth', { code: 'slack_auth', ambiguous: false, retry: { kind: 'terminal' } }],
  ['channel_not_found', { code: 'slack_refused', ambiguous: false, retry: { kind: 'terminal' } }],
  ['missing_scope', { code: 'slack_refused', ambiguous: false, retry: { kind: 'terminal' } }],
  ['ratelimited', { code: 'slack_rate_limited', ambiguous: false, retry: { kind: 'retryable', retryAfterMs: 1_000 } }],
  ['internal_error', { code: 'slack_unavailable', ambiguous: true, retry: { kind: 'retryable', retryAfterMs: 0 } }],
  ['request_timeout', { code: 'slack_unavailable', ambiguous: false, retry: { kind: 'retryable', retryAfterMs: 0 } }],
])('Slack answers %s', async (reason, expected) => {
  expect(await failWith(refuse(reason))).toMatchObject({ ...expected, reason });
});

test('a 429 says how long to wait', async () => {
  const error = await failWith((_, response) => {
    response.writeHead(429, { 'Retry-After': '7' }).end('{"ok":false,"error":"ratelimited"}');
  });
  expect(error).toMatchObject({ code: 'slack_rate_limited', ambiguous: false, retry: { retryAfterMs: 7_000 } });
});

test('a 429 that does not say how long is one all the same', async () => {
  const error = await failWith((_, response) => {
    response.writeHead(429).end('{}');
  });
  expect(error).toMatchObject({ code: 'slack_rate_limited', ambiguous: false });
});

test.each<[string, RequestListener]>([
  ['a server error', (_, response) => void response.writeHead(503).end('down')],
  ['a cut connection', (_, response) => void response.destroy()],
  [
    'an answer cut in the middle',
    (_, response) => void response.writeHead(200, { 'Content-Length': '99' }).write('{"ok"', () => response.destroy()),
  ],
  ['no answer in time', () => {}],
  ['a login page', (_, response) => void response.end('<html>log in</html>')],
])('after %s the call may have been done', async (_, answer) => {
  expect(await failWith(answer)).toMatchObject({
    code: 'slack_unavailable',
    ambiguous: true,
    retry: { kind: 'retryable' },
  });
});

test('where nobody listens nothing was done', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await failAt(port)).toMatchObject({ code: 'slack_unavailable', ambiguous: false });
});

test('two clients do not share a token', async () => {
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    response.end('{"ok":true}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
  const [one, two] = ['xoxb-1', 'xoxb-2'].map((token) => slackClient({ apiUrl, token, timeoutMs: 1_000 }));
  await two?.auth.test();
  await one?.auth.test();
  expect(tokens).toEqual(['Bearer xoxb-2', 'Bearer xoxb-1']);
});

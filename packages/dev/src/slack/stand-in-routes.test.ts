import { expect, it } from 'vitest';
import { listen, openStandIn, webClient } from './testing/slack-app.ts';

async function call(url: string, { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {}) {
  const posting = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(url, { ...posting, headers: { Authorization: 'Bearer xoxb-test', ...headers } });
  return {
    status: response.status,
    answer: (response.headers.get('content-type') ?? '').includes('json') ? await response.json() : undefined,
  };
}

it('does from another process what its object does', async () => {
  const standIn = await openStandIn();
  const { heard } = await listen(standIn);
  const base = `http://127.0.0.1:${standIn.port}/stand-in`;
  const { answer } = await call(`${base}/post-as`, { body: { user: 'U0ADA', channel: 'D0ADA', text: 'hello' } });
  const { ts } = answer as { ts: string };
  await call(`${base}/edit-as`, { body: { user: 'U0ADA', channel: 'D0ADA', ts, text: 'hello again' } });
  await call(`${base}/press-stop`, { body: { user: 'U0ADA', channel: 'D0ADA', threadTs: ts } });
  await call(`${base}/command-as`, { body: { user: 'U0ADA', channel: 'D0ADA', command: '/runnel', text: 'help' } });
  const told = (): unknown[] => heard.map(({ body }) => body['subtype'] ?? body['type'] ?? body['command']);
  const all = ['message', 'message_changed', 'agent_session_stopped', '/runnel'];
  await expect.poll(told, { interval: 10 }).toEqual(all);
  expect((await call(`${base}/messages?channel=D0ADA`)).answer).toMatchObject([{ ts, text: 'hello again' }]);

  await call(`${base}/faults`, {
    body: { next: { method: 'auth.test', fault: { kind: 'error', error: 'invalid_auth' } } },
  });
  await expect(webClient(standIn).auth.test()).rejects.toMatchObject({ data: { error: 'invalid_auth' } });
  await call(`${base}/delete-as`, { body: { user: 'U0ADA', channel: 'D0ADA', ts } });
  expect((await call(`${base}/record?method=auth.test`)).answer).toMatchObject({
    calls: [{ method: 'auth.test', fault: { kind: 'error' }, answer: { ok: false } }],
    violations: [],
  });
  expect((await call(`${base}/workspace`)).answer).toMatchObject({ team: { id: 'T0LOCAL' }, sockets: 1 });
  await call(`${base}/sockets`, { body: { action: 'cut' } });
  expect(standIn.sockets.count()).toBe(0);
});

it('tells what it cannot do', async () => {
  const standIn = await openStandIn();
  const posted = await call(`http://127.0.0.1:${standIn.port}/stand-in/post-as`, {
    body: { user: 'U0BEN', channel: 'D0ADA', text: 'x' },
  });
  expect(posted).toMatchObject({ status: 400, answer: { error: 'Error: U0BEN is not in D0ADA' } });
});

it('is there for who has a token, on this machine, and for no page of another', async () => {
  const standIn = await openStandIn();
  const base = `http://127.0.0.1:${standIn.port}`;
  expect((await call(`${base}/stand-in/record`, { headers: { Authorization: 'Bearer wrong' } })).status).toBe(401);
  expect((await call(`${base}/stand-in/record`, { headers: { Origin: 'https://example.com' } })).status).toBe(403);
  expect((await call(`${base}/stand-in/record`, { headers: { Origin: base } })).status).toBe(200);
  expect((await call(`${base}/api/auth.test`, { body: {}, headers: { Origin: 'https://example.com' } })).status).toBe(
    403,
  );
});

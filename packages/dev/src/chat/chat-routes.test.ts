// The doors of the chat page: who gets in, what is asked, what is refused.
import { once } from 'node:events';
import { get, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, startTestChat, TEST_TOKEN } from './start-test-chat.ts';
import type { TestAnswer, TestChat } from './start-test-chat.ts';

let chat: TestChat;
let cookie: string;
let origin: string;

beforeAll(async () => {
  chat = await startTestChat();
  origin = `http://127.0.0.1:${chat.port}`;
  const opened = await ask(chat.port, `/?token=${TEST_TOKEN}`);
  cookie = String(opened.headers['set-cookie']).split(';')[0] ?? '';
});
afterAll(() => chat.stop());

function post(what: string, input: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> {
  const body = typeof input === 'string' ? input : JSON.stringify(input);
  return ask(chat.port, `/chat/${what}`, { method: 'POST', headers: { cookie, origin, ...headers }, body });
}

describe('who gets in', () => {
  it('trades the token of the link for a strict cookie of this port, and a clean address', async () => {
    const opened = await ask(chat.port, `/?token=${TEST_TOKEN}`);
    expect(opened).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(String(opened.headers['set-cookie'])).toBe(
      `runnel-chat-${chat.port}=${TEST_TOKEN}; Path=/; HttpOnly; SameSite=Strict`,
    );
    const page = await ask(chat.port, '/', { headers: { cookie } });
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
  });

  it('begins a navigation of its own when another site led to the link, so that the strict cookie goes along', async () => {
    const opened = await ask(chat.port, `/?token=${TEST_TOKEN}`, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(opened).toMatchObject({ status: 200, headers: { refresh: '0; url=/' } });
  });

  const paths = [
    '/',
    '/chat/state',
    '/chat/events',
    '/chat/runners',
    '/chat/page/main.js',
    '/chat/file/F1',
    '/chat/unknown',
  ];
  it.each(paths)('refuses %s without the token, with a wrong one, and under a foreign name', async (path) => {
    const strangers = [
      {},
      { cookie: `runnel-chat-${chat.port}=wrong` },
      { cookie: `runnel-chat-1=${TEST_TOKEN}` },
      { cookie, host: 'evil.example' },
      { cookie, host: `evil.example:${chat.port}` },
      { cookie, host: '127.0.0.1:1' },
      { cookie, origin: 'http://evil.example' },
      { cookie, origin: 'null' },
      { cookie, origin: `http://localhost:${chat.port}` },
      { cookie, origin: `http://127.0.0.1:${chat.port + 1}` },
    ];
    for (const headers of strangers) {
      const answer = await ask(chat.port, path, { headers: { ...headers } });
      expect([headers, answer.status]).toEqual([headers, 403]);
      expect(answer.body).toContain('open the link that npm start printed');
    }
  });

  it('refuses a wrong token in the link and sets no cookie', async () => {
    const answer = await ask(chat.port, '/?token=wrong', { headers: { cookie } });
    expect(answer.status).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('is at home under localhost as well', async () => {
    const host = `localhost:${chat.port}`;
    expect((await ask(chat.port, '/chat/state', { headers: { cookie, host } })).status).toBe(200);
    expect((await ask(chat.port, '/chat/state', { headers: { cookie, host, origin: `http://${host}` } })).status).toBe(
      200,
    );
  });

  it('changes nothing without an Origin', async () => {
    const body = JSON.stringify({ user: 'U0ADA', channel: 'D0ADA', text: 'not this' });
    const answer = await ask(chat.port, '/chat/post', { method: 'POST', headers: { cookie }, body });
    expect(answer.status).toBe(403);
    expect(chat.workspace.messages('D0ADA').map((message) => message.text)).not.toContain('not this');
  });

  it('lets nothing in from elsewhere and keeps no copy', async () => {
    const { headers } = await ask(chat.port, '/', { headers: { cookie } });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });

  it('leaves the other routes of the server alone', async () => {
    expect(await ask(chat.port, '/api/other')).toMatchObject({ status: 200, body: 'not of the chat' });
  });

  it.each([
    '/chat/page/..%2Fchat-routes.ts',
    '/chat/page/..%2f..%2fslack%2fworkspace.ts',
    '/chat/page/..%2Fpage%2Fmain.js',
    '/chat/page/main.constructor',
    '/chat/page/none.js',
  ])('serves no file outside the page: %s', async (path) => {
    expect((await ask(chat.port, path, { headers: { cookie } })).status).toBe(404);
  });
});

describe('what is asked', () => {
  it('posts, edits and deletes as a person, with a file that can be saved again', async () => {
    const base64 = Buffer.from('twelve bytes').toString('base64');
    const posted = await post('post', {
      user: 'U0ADA',
      channel: 'D0ADA',
      text: 'see <this>',
      files: [{ name: 'ä.txt', base64 }],
    });
    expect(posted.status).toBe(200);
    const target = JSON.parse(posted.body) as { channel: string; ts: string };
    const message = chat.workspace.message(target);
    expect(message).toMatchObject({ user: 'U0ADA', text: 'see &lt;this&gt;', files: [{ name: 'ä.txt', size: 12 }] });

    const file = await ask(chat.port, `/chat/file/${message?.files?.[0]?.id}`, { headers: { cookie } });
    expect(file).toMatchObject({ status: 200, body: 'twelve bytes' });
    expect(file.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': "attachment; filename*=UTF-8''%C3%A4.txt",
    });

    expect((await post('edit', { user: 'U0ADA', ...target, text: 'see that' })).status).toBe(200);
    expect(chat.workspace.message(target)).toMatchObject({ text: 'see that', edited: {} });
    expect((await post('delete', { user: 'U0ADA', ...target })).status).toBe(200);
    expect(chat.workspace.message(target)).toMatchObject({ deleted: true });
  });

  it('gives slash commands, which are no messages, and none in a thread', async () => {
    const command = { user: 'U0ADA', channel: 'D0ADA', command: '/runnel', text: 'status' };
    const before = chat.workspace.messages('D0ADA').length;
    expect((await post('command', command)).status).toBe(200);
    expect(chat.pushes.at(-1)).toMatchObject({ type: 'commanded', ...command });
    const refused = await post('command', { ...command, threadTs: '1795000000.000001' });
    expect(refused).toMatchObject({ status: 400, body: expect.stringContaining('write the words alone') });
    expect(chat.workspace.messages('D0ADA')).toHaveLength(before);
  });

  it('presses buttons, stops threads, lists and kills runners', async () => {
    const button = { type: 'button', action_id: 'retry', value: '7', text: { type: 'plain_text', text: 'Retry' } };
    const { channel, ts } = chat.workspace.post({
      channel: 'D0BEN',
      text: '',
      blocks: [{ type: 'actions', block_id: 'b', elements: [button] }],
    });
    expect(
      (await post('press', { user: 'U0BEN', channel, ts, actionId: 'retry', value: '7', blockId: 'b' })).status,
    ).toBe(200);
    expect(chat.pushes.at(-1)).toMatchObject({
      type: 'pressed',
      user: 'U0BEN',
      action: { actionId: 'retry', value: '7' },
    });
    expect((await post('stop', { user: 'U0BEN', channel, threadTs: ts })).status).toBe(200);
    expect(chat.pushes.at(-1)).toMatchObject({ type: 'stopped', user: 'U0BEN', threadTs: ts });

    chat.runners.push({ userKey: 'T0LOCAL:U0BEN', user: 'U0BEN', state: 'awake', detail: '' });
    const listed = await ask(chat.port, '/chat/runners', { headers: { cookie } });
    expect(JSON.parse(listed.body)).toEqual(chat.runners);
    expect((await post('kill', { userKey: 'T0LOCAL:U0BEN' })).status).toBe(200);
    expect(chat.killed).toEqual(['T0LOCAL:U0BEN']);
  });

  it('streams everything there is first, then each change', async () => {
    chat.workspace.postAs('U0BEN', { channel: 'C0TEAM', text: 'before' });
    const stream = get({ host: '127.0.0.1', port: chat.port, path: '/chat/events', headers: { cookie } });
    const [answer] = (await once(stream, 'response')) as [IncomingMessage];
    expect(answer.headers['content-type']).toBe('text/event-stream');
    let told = '';
    answer.on('data', (chunk: Buffer) => (told += chunk.toString()));
    await expect.poll(() => told).toMatch(/^event: state\ndata: \{.*"before".*\}\n\n$/);
    told = '';
    chat.workspace.postAs('U0BEN', { channel: 'C0TEAM', text: 'after\nwards' });
    await expect.poll(() => told).toMatch(/^event: change\ndata: \{"type":"message".*"after\\nwards".*\}\n\n$/);

    expect(chat.workspace.listenerCount('change')).toBe(1);
    stream.destroy();
    await expect.poll(() => chat.workspace.listenerCount('change')).toBe(0);
  });
});

describe('what is refused', () => {
  const ts = '1700000000.000100';
  const whole = { user: 'U0ADA', channel: 'D0ADA', text: 'x' };
  it.each<{ name: string; what: string; input: unknown; says: string }>([
    { name: 'no JSON', what: 'post', input: '{', says: 'no JSON' },
    { name: 'no object', what: 'post', input: 'null', says: 'not understood' },
    { name: 'no text', what: 'post', input: { ...whole, text: undefined }, says: 'text' },
    { name: 'an empty message', what: 'post', input: { ...whole, text: ' \n' }, says: 'needs a text or a file' },
    {
      name: 'a text that is too long',
      what: 'post',
      input: { ...whole, text: 'x'.repeat(40_001) },
      says: 'more than 40000',
    },
    { name: 'an unknown person', what: 'post', input: { ...whole, user: 'U0EVE' }, says: 'no person U0EVE' },
    { name: 'the app as a person', what: 'post', input: { ...whole, user: 'U0RUNNEL' }, says: 'no person U0RUNNEL' },
    { name: "another person's DM", what: 'post', input: { ...whole, channel: 'D0BEN' }, says: 'U0ADA is not in D0BEN' },
    { name: 'a thread without a root', what: 'post', input: { ...whole, threadTs: ts }, says: 'no root' },
    { name: 'a timestamp that is none', what: 'post', input: { ...whole, threadTs: 'now' }, says: 'no timestamp' },
    {
      name: 'a file that is no base64',
      what: 'post',
      input: { ...whole, files: [{ name: 'a', base64: '%' }] },
      says: 'base64',
    },
    { name: 'more than is asked', what: 'post', input: { ...whole, admin: true }, says: 'admin' },
    { name: 'an edit of nothing', what: 'edit', input: { ...whole, ts }, says: 'no message of U0ADA' },
    { name: 'an edit to nothing', what: 'edit', input: { ...whole, ts, text: '' }, says: 'empty' },
    {
      name: 'a delete of nothing',
      what: 'delete',
      input: { user: 'U0ADA', channel: 'D0ADA', ts },
      says: 'no message of U0ADA',
    },
    {
      name: 'a press on nothing',
      what: 'press',
      input: { user: 'U0ADA', channel: 'D0ADA', ts, actionId: 'a' },
      says: 'no a in D0ADA',
    },
    {
      name: 'a stop elsewhere',
      what: 'stop',
      input: { user: 'U0ADA', channel: 'D0BEN', threadTs: ts },
      says: 'U0ADA is not in D0BEN',
    },
    { name: 'a runner that is not there', what: 'kill', input: { userKey: 'T:U' }, says: 'T:U has no runner' },
  ])('$name', async ({ what, input, says }) => {
    const answer = await post(what, input);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: expect.stringContaining(says) as string });
  });

  it('a body beyond 4 MB, before it is sent', async () => {
    const headers = { cookie, origin, 'content-length': 5 * 1024 * 1024 };
    const sent = request({ host: '127.0.0.1', port: chat.port, path: '/chat/post', method: 'POST', headers });
    sent.on('error', () => {});
    sent.flushHeaders();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    expect(await text(answer)).toContain('4 MB');
    sent.destroy();
  });
});

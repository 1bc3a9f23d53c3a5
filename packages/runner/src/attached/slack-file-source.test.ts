// To whom the bot's token is shown, and answers that the stand-in does not give.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { AttachedFile } from '@runnel/shared';
import { slackClient } from '@runnel/shared/slack';
import { expect, onTestFinished, test, vi } from 'vitest';
import { slackFileSource } from './slack-file-source.ts';

const TOKEN = 'xoxb-secret';
const whole = (text: string) => (_: IncomingMessage, response: ServerResponse) => void response.end(text);

/** Its address, and the `Authorization` of every request to it. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens };
}

/** What is fetched by that address, from a Slack whose API is at that origin. */
async function fetched(origin: string, about: Omit<AttachedFile, 'name'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-attached-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const apiUrl = `${origin}/api/`;
  const client = slackClient({ apiUrl, token: TOKEN, timeoutMs: 60_000 });
  const path = join(folder, 'file');
  const source = slackFileSource({ client, apiUrl, token: TOKEN });
  await source.fetch({ name: 'a.txt', ...about }, { path, mostBytes: 1_000 }, new AbortController().signal);
  return readFile(path, 'utf8');
}

test.each([
  ['https://files.slack.com/files-pri/T1-F1/a.txt', 'here'],
  ['https://acme.enterprise.slack.com/files-pri/T1-F1/a.txt', 'here'],
  ['https://slack.example/files-pri/a.txt', 'here'],
  ['http://files.slack.com/a.txt', 'elsewhere'],
  ['https://files.slack.com:8443/a.txt', 'elsewhere'],
  ['https://files.slack.com@evil.example/a.txt', 'elsewhere'],
  ['https://evil-slack.com/a.txt', 'elsewhere'],
  ['https://files.slack.com.evil.example/a.txt', 'elsewhere'],
  ['http://slack.example/a.txt', 'elsewhere'],
  ['https://docs.google.com/document/d/1', 'elsewhere'],
  ['file:///etc/passwd', 'elsewhere'],
  ['not an address', 'elsewhere'],
])('%s is %s, and the token goes nowhere else', async (url, where) => {
  const asked = vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(new Response('here')));
  onTestFinished(() => asked.mockRestore());
  const result = await fetched('https://slack.example', { url }).catch((error: { why: string }) => error.why);
  expect(result).toBe(where);
  expect(asked).toHaveBeenCalledTimes(where === 'here' ? 1 : 0);
});

test('the token is shown to Slack, and to nobody that it sends us to', async () => {
  const stranger = await serve(whole('of a stranger'));
  const slack = await serve((_, response) => void response.writeHead(302, { location: `${stranger.origin}/a` }).end());
  await expect(fetched(slack.origin, { url: `${slack.origin}/a` })).rejects.toMatchObject({ why: 'elsewhere' });
  expect(slack.tokens).toEqual([`Bearer ${TOKEN}`]);
  expect(stranger.tokens).toEqual([]);
});

test('a redirect within Slack is followed, one without an end is not', async () => {
  const slack = await serve(({ url }, response) => {
    if (url === '/a') response.writeHead(302, { location: '/b' }).end();
    else if (url === '/b') response.end('moved');
    else response.writeHead(302, { location: '/c' }).end();
  });
  expect(await fetched(slack.origin, { url: `${slack.origin}/a` })).toBe('moved');
  await expect(fetched(slack.origin, { url: `${slack.origin}/c` })).rejects.toMatchObject({ why: 'broken_off' });
  expect(slack.tokens).toHaveLength(6);
});

test('a file that is said to be too large is not asked for', async () => {
  const slack = await serve(whole('small'));
  const about = { url: `${slack.origin}/a`, size: 1_001 };
  await expect(fetched(slack.origin, about)).rejects.toMatchObject({ why: 'too_large' });
  expect(slack.tokens).toEqual([]);
});

test('of a body that does not end only as much is read as may be', async () => {
  const closed = Promise.withResolvers<void>();
  const slack = await serve((_, response) => {
    response.on('close', closed.resolve);
    const more = (): void => void response.write('x'.repeat(10_000), () => setImmediate(more));
    more();
  });
  await expect(fetched(slack.origin, { url: `${slack.origin}/a` })).rejects.toMatchObject({ why: 'too_large' });
  await closed.promise;
});

test('a body without a promised length that ends early is not all of the file', async () => {
  const slack = await serve((_, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.end('half');
  });
  const url = `${slack.origin}/a`;
  await expect(fetched(slack.origin, { url, size: 8 })).rejects.toMatchObject({ why: 'broken_off' });
  expect(await fetched(slack.origin, { url, size: 4 })).toBe('half');
});

test.each([
  [401, 'refused'],
  [403, 'refused'],
  [404, 'gone'],
  [410, 'gone'],
  [204, 'broken_off'],
  [500, 'broken_off'],
])('an answer with status %d: %s', async (status, why) => {
  const slack = await serve((_, response) => void response.writeHead(status).end());
  await expect(fetched(slack.origin, { url: `${slack.origin}/a` })).rejects.toMatchObject({ why });
});

test('what goes wrong does not tell the token', async () => {
  const slack = await serve(({ socket }) => socket.destroy());
  for (const about of [{ url: `${slack.origin}/a` }, { id: 'F1' }]) {
    const error: unknown = await fetched(slack.origin, about).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ why: 'broken_off' });
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(TOKEN);
  }
});

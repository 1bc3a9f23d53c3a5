// What people attach, as Slack gives it: the adapter on the stand-in, and everything that can go wrong with a file.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SlackStandIn } from '@runnel/dev';
import { slackFileSource } from '@runnel/runner/serving';
import { describeFileSource } from '@runnel/runner/testing';
import type { AttachedFile } from '@runnel/shared';
import { expect, onTestFinished, test } from 'vitest';
import { BOT_TOKEN, openSlackStage } from '../support/slack-stage.ts';

async function openSource(token = BOT_TOKEN) {
  const stage = await openSlackStage();
  onTestFinished(() => stage[Symbol.asyncDispose]());
  const { slack, client, person } = stage;
  const source = slackFileSource({ client, apiUrl: slack.url, token });
  const upload = (name: string, content: string, mimetype = 'text/plain'): AttachedFile => {
    const { id, size } = slack.workspace.storeFile(person, { name, content, mimetype });
    return { name, id, size, mimetype, url: addressOf(slack, id) };
  };
  return { slack, source, upload };
}

function addressOf({ url, workspace }: SlackStandIn, id: string): string {
  return new URL(`/files-pri/${workspace.team.id}-${id}/file`, url).href;
}

async function fetched(
  { source }: Awaited<ReturnType<typeof openSource>>,
  file: AttachedFile,
  signal = new AbortController().signal,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-attached-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  await source.fetch(file, { path, mostBytes: 1_000_000 }, signal);
  return readFile(path, 'utf8');
}

describeFileSource('of Slack', async () => {
  const { slack, source, upload } = await openSource();
  // The stand-in's people cannot take a file back.
  const remove = (file: AttachedFile): void => void Object.assign(file, { url: addressOf(slack, 'F0GONE') });
  return { source, upload, remove };
});

test('a file of which an event says only the id is looked up', async () => {
  const opened = await openSource();
  const { name, id } = opened.upload('a.txt', 'looked up');
  expect(await fetched(opened, { name, id })).toBe('looked up');
  await expect(fetched(opened, { name, id: 'F0GONE' })).rejects.toMatchObject({ why: 'gone' });
});

test.each([
  ['missing_scope', 'login_page'],
  ['file_deleted', 'gone'],
  ['access_denied', 'refused'],
  ['service_unavailable', 'broken_off'],
])('a look-up that Slack answers with %s: %s', async (error, why) => {
  const opened = await openSource();
  opened.slack.faults.next('files.info', { kind: 'error', error });
  const { name, id } = opened.upload('a.txt', 'x');
  await expect(fetched(opened, { name, id })).rejects.toMatchObject({ why });
});

test.each([
  [{ kind: 'error', error: 'missing_scope' }, 'login_page'],
  [{ kind: 'error', error: 'access_denied' }, 'refused'],
  [{ kind: 'ratelimited', retryAfter: 1 }, 'broken_off'],
  [{ kind: 'refused-before' }, 'broken_off'],
  [{ kind: 'lost-response' }, 'broken_off'],
] as const)('a file for which %o is asked for is told: %s', async (fault, why) => {
  const opened = await openSource();
  opened.slack.faults.next('files-pri', fault);
  await expect(fetched(opened, opened.upload('a.txt', 'x'.repeat(1_000)))).rejects.toMatchObject({ why });
});

test('a token that does not count is answered with the login page, which is no file', async () => {
  const opened = await openSource('xoxb-another');
  await expect(fetched(opened, opened.upload('a.txt', 'x'))).rejects.toMatchObject({ why: 'login_page' });
});

test('a page that somebody attached is a file, the login page in its place is not', async () => {
  const opened = await openSource();
  const page = opened.upload('a.html', '<p>a page of my own</p>', 'text/html');
  expect(await fetched(opened, page)).toBe('<p>a page of my own</p>');
  opened.slack.faults.next('files-pri', { kind: 'error', error: 'missing_scope' });
  await expect(fetched(opened, page)).rejects.toMatchObject({ why: 'login_page' });
});

test('a login page that is as long as the file is none the less no file', async () => {
  const opened = await openSource();
  const login = await (await fetch(new URL('/signin', opened.slack.url))).text();
  opened.slack.faults.next('files-pri', { kind: 'error', error: 'missing_scope' });
  const file = opened.upload('a.txt', 'x'.repeat(login.length));
  await expect(fetched(opened, file)).rejects.toMatchObject({ why: 'login_page' });
});

test('who stops waiting need not wait for Slack', async () => {
  const opened = await openSource();
  const { name, id, ...about } = opened.upload('a.txt', 'x');
  for (const [method, file] of [
    ['files-pri', { name, id, ...about }],
    ['files.info', { name, id }],
  ] as const) {
    opened.slack.faults.next(method, { kind: 'delay', ms: 60_000 });
    const waiting = new AbortController();
    const fetching = fetched(opened, file, waiting.signal);
    await expect.poll(() => opened.slack.record.calls(method)).toHaveLength(1);
    waiting.abort(new Error('enough'));
    await expect(fetching).rejects.toThrow('enough');
  }
});

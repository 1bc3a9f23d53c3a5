// Answers too long for messages: an excerpt in the thread, all of it as a file.
import type { WorkspaceMessage } from '@runnel/dev';
import type { PostOptions, Reply } from '@runnel/shared';
import { codeFence, slackReplySink } from '@runnel/shared/slack';
import { describe, expect, test } from 'vitest';
import { openSlackStage, type SlackStage } from '../support/slack-stage.ts';

const LINES = Array.from({ length: 60_000 }, (_, index) => `line ${index}`).join('\n');

function answer({ thread }: SlackStage, text = codeFence(LINES)): Reply {
  return { thread, deliveryId: 'd1', kind: 'final', text };
}

function within({ thread }: SlackStage, ms = 10_000): PostOptions {
  return { deadline: performance.now() + ms, since: thread.threadTs };
}

const texts = (stage: SlackStage): WorkspaceMessage[] => stage.said().filter((message) => message.files === undefined);
const files = (stage: SlackStage) => stage.said().flatMap((message) => message.files ?? []);

test('60,000 lines are one message and one file with all of them', async () => {
  await using stage = await openSlackStage();
  const ts = await slackReplySink(stage.client).post(answer(stage), within(stage));
  const [said, ...more] = texts(stage);
  expect(more).toEqual([]);
  expect(said).toMatchObject({
    ts,
    text: expect.stringMatching(/line 0\n[^]*lines \([\d,]+ characters\) left out[^]*answer\.md[^]*line 59999/),
  });
  expect(files(stage)).toMatchObject([{ name: 'answer.md' }]);
  const stored = stage.slack.workspace.file(files(stage)[0]?.id ?? '');
  expect(Buffer.from(stored?.content ?? []).toString()).toBe(codeFence(LINES));
});

test('a line of a megabyte is told and attached', async () => {
  await using stage = await openSlackStage();
  const text = codeFence('x'.repeat(1_000_000));
  await slackReplySink(stage.client).post(answer(stage, text), within(stage));
  expect(texts(stage)).toMatchObject([{ text: expect.stringMatching(/x{100}[^]*characters left out[^]*x{100}/) }]);
  expect(files(stage)).toMatchObject([{ name: 'answer.md', size: text.length }]);
});

describe.each([
  ['the method is unknown', 'files.getUploadURLExternal', { kind: 'unknown-method' }],
  ['the scope is missing', 'files.getUploadURLExternal', { kind: 'error', error: 'missing_scope' }],
  ['sharing is refused', 'files.completeUploadExternal', { kind: 'error', error: 'posting_to_channel_denied' }],
] as const)('where %s', (_, method, fault) => {
  test('the excerpt says how much is missing', async () => {
    await using stage = await openSlackStage();
    stage.slack.faults.always(method, fault);
    await slackReplySink(stage.client).post(answer(stage), within(stage));
    expect(texts(stage)).toMatchObject([
      { text: expect.stringMatching(/left out[^]*did not take all of it as a file/) },
    ]);
    expect(files(stage)).toEqual([]);
  });
});

test('a file that Slack never shows is not promised', async () => {
  await using stage = await openSlackStage();
  stage.slack.faults.always('files.info', { kind: 'error', error: 'file_not_found' });
  await slackReplySink(stage.client).post(answer(stage), within(stage));
  expect(texts(stage)).toMatchObject([{ text: expect.stringContaining('did not take all of it as a file') }]);
});

test('a lost answer to the sharing is looked up, not repeated', async () => {
  await using stage = await openSlackStage();
  stage.slack.faults.next('files.completeUploadExternal', { kind: 'lost-response' });
  await slackReplySink(stage.client).post(answer(stage), within(stage));
  expect(files(stage)).toHaveLength(1);
  expect(texts(stage)).toMatchObject([{ text: expect.stringContaining('answer.md') }]);
});

test('a limit on the way is waited out', async () => {
  await using stage = await openSlackStage();
  stage.slack.faults.next('files.completeUploadExternal', { kind: 'ratelimited', retryAfter: 1 });
  await slackReplySink(stage.client).post(answer(stage), within(stage));
  expect(files(stage)).toHaveLength(1);
});

test('without leave nothing becomes visible', async () => {
  await using stage = await openSlackStage();
  const posting = slackReplySink(stage.client).post(answer(stage), { ...within(stage), mayPost: async () => false });
  await expect(posting).rejects.toMatchObject({ code: 'lease_lost' });
  expect(stage.said()).toEqual([]);
});

test('after a takeover neither the message nor the file is repeated', async () => {
  await using stage = await openSlackStage();
  const sink = slackReplySink(stage.client);
  const first = await sink.post(answer(stage), within(stage));
  expect(await sink.post(answer(stage), { ...within(stage), maybePosted: true })).toBe(first);
  expect(stage.said()).toHaveLength(2);
});

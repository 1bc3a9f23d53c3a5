import type { ThreadStatus } from '@runnel/shared';
import { slackThreadStatus } from '@runnel/shared/slack';
import { afterEach, expect, test, vi } from 'vitest';
import { openSlackStage, type SlackStage } from '../support/slack-stage.ts';

afterEach(() => {
  vi.useRealTimers();
});

type Signs = SlackStage & { status: ThreadStatus; failures: string[] };

async function open(): Promise<Signs> {
  const stage = await openSlackStage();
  const failures: string[] = [];
  const status = slackThreadStatus(stage.client, (error, method) => failures.push(`${method} ${error.code}`));
  return { ...stage, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](), status, failures };
}

const request = (stage: SlackStage) => ({
  title: 'Fix: the tests\nplease',
  user: stage.person,
  message: stage.thread.threadTs,
});
const line = (stage: SlackStage): string | undefined =>
  stage.slack.workspace.statuses().find((status) => status.threadTs === stage.thread.threadTs)?.status;
const session = (stage: SlackStage) => stage.slack.workspace.sessions()[0];
const reactions = (stage: SlackStage): string[] =>
  stage.slack.workspace
    .message({ channel: stage.thread.channel, ts: stage.thread.threadTs })
    ?.reactions.map((one) => one.name) ?? [];

test('a session works under its title, shows its stage, and rests', async () => {
  await using stage = await open();
  const { status, thread } = stage;
  await status.working(thread, request(stage));
  expect(session(stage)).toMatchObject({ status: 'processing', title: 'Fix_ the tests' });
  await status.stage(thread, 'is starting…', thread.threadTs);
  expect(line(stage)).toBe('is starting…');
  await status.rest(thread, thread.threadTs);
  expect(session(stage)).toMatchObject({ status: 'active' });
  expect(line(stage)).toBeUndefined();
  expect(reactions(stage)).toEqual([]);
  expect(stage.failures).toEqual([]);
});

test.each(['unknown-method', 'feature_disabled', 'missing_scope'])(
  'without sessions (%s) a line shows that work goes on',
  async (kind) => {
    await using stage = await open();
    stage.slack.faults.always(
      'agents.sessions.setStatus',
      kind === 'unknown-method' ? { kind } : { kind: 'error', error: kind },
    );
    await stage.status.working(stage.thread, request(stage));
    expect(line(stage)).toBe('is working…');
    await stage.status.working(stage.thread, request(stage));
    await stage.status.rest(stage.thread, stage.thread.threadTs);
    expect(line(stage)).toBeUndefined();
    expect(stage.calls('agents.sessions.setStatus')).toBe(1);
    expect(stage.failures).toEqual(['agents.sessions.setStatus slack_refused']);
  },
);

test('without sessions and lines a reaction shows it, once, and goes', async () => {
  await using stage = await open();
  const { status, thread } = stage;
  stage.slack.faults.always('agents.sessions.setStatus', { kind: 'unknown-method' });
  stage.slack.faults.always('assistant.threads.setStatus', { kind: 'unknown-method' });
  // As ingress asks: both at the same time.
  await Promise.all([status.working(thread, request(stage)), status.stage(thread, 'is starting…', thread.threadTs)]);
  await status.stage(thread, 'is restoring…', thread.threadTs);
  expect(reactions(stage)).toEqual(['eyes']);
  await status.rest(thread, thread.threadTs);
  await status.rest(thread, thread.threadTs);
  expect(reactions(stage)).toEqual([]);
  expect(stage.calls('assistant.threads.setStatus')).toBe(1);
});

test('the same line is sent again only after a minute, another one at once', async () => {
  await using stage = await open();
  vi.useFakeTimers({ toFake: ['performance'] });
  const show = (text: string): Promise<void> => stage.status.stage(stage.thread, text, stage.thread.threadTs);
  await show('is starting…');
  await show('is starting…');
  expect(stage.calls('assistant.threads.setStatus')).toBe(1);
  await show('is restoring…');
  expect(stage.calls('assistant.threads.setStatus')).toBe(2);
  vi.advanceTimersByTime(61_000);
  await show('is restoring…');
  expect(stage.calls('assistant.threads.setStatus')).toBe(3);
});

test('the line of one message is no line of the next: Slack takes it away with the answer in between', async () => {
  await using stage = await open();
  const { status, thread, client } = stage;
  await status.stage(thread, 'is working…', thread.threadTs);
  await client.chat.postMessage({ channel: thread.channel, thread_ts: thread.threadTs, text: 'Done.' });
  expect(line(stage)).not.toBe('is working…');
  await status.stage(thread, 'is working…', '1700000000.000002');
  expect(line(stage)).toBe('is working…');
});

test('a limit is kept in silence until it is over', async () => {
  await using stage = await open();
  vi.useFakeTimers({ toFake: ['performance'] });
  const show = (text: string): Promise<void> => stage.status.stage(stage.thread, text, stage.thread.threadTs);
  stage.slack.faults.next('assistant.threads.setStatus', { kind: 'ratelimited', retryAfter: 30 });
  await show('one');
  await show('two');
  expect(stage.calls('assistant.threads.setStatus')).toBe(1);
  vi.advanceTimersByTime(30_001);
  await show('two');
  expect(line(stage)).toBe('two');
  expect(stage.failures).toEqual([]);
});

test('a mark is put on and taken off, and neither twice is a failure', async () => {
  await using stage = await open();
  const { channel, threadTs } = stage.thread;
  await stage.status.mark(channel, threadTs, 'queued', true);
  await stage.status.mark(channel, threadTs, 'queued', true);
  expect(reactions(stage)).toEqual(['hourglass_flowing_sand']);
  await stage.status.mark(channel, threadTs, 'queued', false);
  await stage.status.mark(channel, threadTs, 'queued', false);
  await stage.status.mark(channel, '1700000000.000001', 'queued', true);
  expect(reactions(stage)).toEqual([]);
  expect(stage.failures).toEqual([]);
});

test('what fails is told and thrown at nobody', async () => {
  await using stage = await open();
  const gone = { ...stage.thread, channel: 'C0GONE' };
  await stage.status.working(gone, request(stage));
  await stage.status.mark(gone.channel, gone.threadTs, 'queued', true);
  stage.slack.faults.next('assistant.threads.setStatus', { kind: 'refused-before' });
  await stage.status.stage(stage.thread, 'is starting…', stage.thread.threadTs);
  expect(stage.failures).toEqual([
    'agents.sessions.setStatus slack_refused',
    'reactions.add slack_refused',
    'assistant.threads.setStatus slack_unavailable',
  ]);
  // A failure is no sign that the workspace lacks it.
  await stage.status.stage(stage.thread, 'is starting…', stage.thread.threadTs);
  expect(line(stage)).toBe('is starting…');
});

// What the reply sink does with Slack's own faults and limits, beyond the contract that every adapter keeps.
import type { PostOptions, Reply } from '@runnel/shared';
import { codeFence, slackReplySink } from '@runnel/shared/slack';
import { describe, expect, test } from 'vitest';
import { openSlackStage, type SlackStage } from '../support/slack-stage.ts';

function answer({ thread }: SlackStage, reply: Partial<Reply> = {}): Reply {
  return { thread, deliveryId: 'd1', kind: 'final', text: 'hello', ...reply };
}

function within({ thread }: SlackStage, ms = 10_000): PostOptions {
  return { deadline: performance.now() + ms, since: thread.threadTs };
}

describe('one message', () => {
  test('carries its delivery id, shows no previews and goes into the thread', async () => {
    await using stage = await openSlackStage();
    await slackReplySink(stage.client).post(answer(stage, { text: 'see https://x.dev' }), within(stage));
    const [said] = stage.said();
    expect(said?.metadata).toEqual({
      event_type: 'runnel_reply',
      event_payload: { delivery_id: 'd1', kind: 'final', part: 0, parts: 1 },
    });
    const [call] = stage.slack.record.calls('chat.postMessage');
    expect(call?.args).toMatchObject({
      thread_ts: stage.thread.threadTs,
      unfurl_links: 'false',
      unfurl_media: 'false',
    });
  });

  test('pings the one who is mentioned and nobody else', async () => {
    await using stage = await openSlackStage();
    const text = `<!channel> @here <@U0BEN>\n${codeFence('<!everyone> & <!subteam^S1> &lt;')}`;
    await slackReplySink(stage.client).post(answer(stage, { text, mention: stage.person }), within(stage));
    const [said] = stage.said();
    expect(said?.text.match(/<[@!#][^>]*>/g)).toEqual([`<@${stage.person}>`]);
    const blocks = said?.blocks as { type: string; text?: string; elements?: { elements: { text: string }[] }[] }[];
    const markdown = blocks.filter((block) => block.type === 'markdown').map((block) => block.text ?? '');
    expect(markdown.join(' ').match(/<[@!#][^>]*>/g)).toEqual([`<@${stage.person}>`]);
    // Rich text is literal: the code stands there as it was written.
    expect(blocks[1]?.elements?.[0]?.elements[0]?.text).toBe('<!everyone> & <!subteam^S1> &lt;');
  });

  test('of a thread that is begun in direct messages its person hears', async () => {
    await using stage = await openSlackStage();
    const { channel, threadTs } = await slackReplySink(stage.client).beginThread(stage.person, 'you asked');
    expect(stage.slack.workspace.message({ channel, ts: threadTs })?.text).toMatch(`<@${stage.person}>`);
  });

  test('with a NUL, a colour and half a character arrives, and shows what can be shown', async () => {
    await using stage = await openSlackStage();
    await slackReplySink(stage.client).post(
      answer(stage, { text: 'a\0b \u001b[31mred\u001b[0m \ud83d' }),
      within(stage),
    );
    expect(stage.said()[0]?.text).toBe('a␀b red \ufffd');
  });

  test('in several parts has its buttons under the last one, and the rest of it stays when they go', async () => {
    await using stage = await openSlackStage();
    const sink = slackReplySink(stage.client);
    const text = Array.from({ length: 300 }, (_, n) => `${n} ${'word '.repeat(12)}`).join('\n\n');
    await sink.post(answer(stage, { text, buttons: [{ action: 'run_now', value: 's1' }] }), within(stage));
    const actions = (): boolean[] => stage.said().map(({ blocks }) => JSON.stringify(blocks).includes('"run_now"'));
    expect(actions()).toEqual([false, true]);
    const last = stage.said()[1];
    await sink.conclude(stage.thread, last?.ts ?? '', `<@${stage.person}> chose *Run now* <!here>`);
    expect(actions()).toEqual([false, false]);
    const shown = stage.said()[1];
    expect(shown?.blocks).toEqual([
      ...(last?.blocks ?? []).slice(0, -1),
      expect.objectContaining({
        type: 'context',
        elements: [{ type: 'mrkdwn', text: `<@${stage.person}> chose *Run now* &lt;!here&gt;` }],
      }),
    ]);
    expect(shown?.metadata).toEqual(last?.metadata);
  });

  test('whose shape Slack refuses is said as plain text', async () => {
    await using stage = await openSlackStage();
    stage.slack.faults.next('chat.postMessage', { kind: 'error', error: 'msg_blocks_too_long' });
    await slackReplySink(stage.client).post(answer(stage), within(stage));
    expect(stage.said()).toMatchObject([{ text: 'hello', metadata: { event_payload: { delivery_id: 'd1' } } }]);
    expect(stage.said()[0]?.blocks).toBeUndefined();
  });

  test('that Slack refuses is refused at once', async () => {
    await using stage = await openSlackStage();
    stage.slack.faults.next('chat.postMessage', { kind: 'error', error: 'is_archived' });
    const posting = slackReplySink(stage.client).post(answer(stage), within(stage));
    await expect(posting).rejects.toMatchObject({ code: 'slack_refused', retry: { kind: 'terminal' } });
    expect(stage.calls('chat.postMessage')).toBe(1);
  });
});

describe('an answer of Slack that is lost', () => {
  test('is read back, behind many other messages, and the post is not repeated', async () => {
    await using stage = await openSlackStage();
    const { channel, threadTs } = stage.thread;
    for (let n = 0; n < 450; n += 1) stage.slack.workspace.postAs('U0BEN', { channel, threadTs, text: `${n}` });
    stage.slack.faults.next('chat.postMessage', { kind: 'lost-response' });
    const ts = await slackReplySink(stage.client).post(answer(stage), within(stage));
    expect(stage.said().map((said) => said.ts)).toEqual([ts]);
    expect(stage.calls('chat.postMessage')).toBe(1);
    expect(stage.calls('conversations.replies')).toBe(3);
  });

  test('is read from the prompt on', async () => {
    await using stage = await openSlackStage();
    const { channel, threadTs } = stage.thread;
    const follow = stage.slack.workspace.postAs(stage.person, { channel, threadTs, text: 'and this' });
    stage.slack.faults.next('chat.postMessage', { kind: 'lost-response' });
    await slackReplySink(stage.client).post(answer(stage), { ...within(stage), since: follow.ts });
    expect(stage.slack.record.calls('conversations.replies')[0]?.args).toMatchObject({
      ts: threadTs,
      oldest: follow.ts,
    });
    expect(stage.said()).toHaveLength(1);
  });

  test('through a time-out is read back too', async () => {
    await using stage = await openSlackStage({ timeoutMs: 2_000 });
    stage.slack.faults.next('chat.postMessage', { kind: 'delay', ms: 2_500 });
    await slackReplySink(stage.client).post(answer(stage), within(stage));
    expect(stage.said()).toHaveLength(1);
  });

  test('to a predecessor that died is looked for until what it sent must have come: it is not said twice', async () => {
    await using stage = await openSlackStage();
    const sink = slackReplySink(stage.client);
    stage.slack.faults.next('chat.postMessage', { kind: 'delay', ms: 700 });
    const sent = sink.post(answer(stage), within(stage));
    await expect.poll(() => stage.calls('chat.postMessage')).toBe(1);
    const ts = await sink.post(answer(stage), { ...within(stage), maybePosted: true });
    expect(ts).toBe(await sent);
    expect(stage.said()).toHaveLength(1);
  });

  test('that cannot be read back in time is said again, and marked', async () => {
    await using stage = await openSlackStage();
    stage.slack.faults.next('chat.postMessage', { kind: 'lost-response' });
    stage.slack.faults.always('conversations.replies', { kind: 'refused-before' });
    await slackReplySink(stage.client).post(answer(stage), within(stage, 1_500));
    expect(stage.said().map((said) => said.text)).toEqual(['hello', expect.stringContaining('(possibly repeated)')]);
    expect(JSON.stringify(stage.said()[1]?.blocks)).toContain('(possibly repeated)');
    expect(stage.calls('conversations.replies')).toBeGreaterThan(1);
  });

  test('that Slack does not let us read back is said again at once, and marked', async () => {
    await using stage = await openSlackStage();
    stage.slack.faults.next('chat.postMessage', { kind: 'lost-response' });
    stage.slack.faults.always('conversations.replies', { kind: 'error', error: 'missing_scope' });
    await slackReplySink(stage.client).post(answer(stage), within(stage));
    expect(stage.said().map((said) => said.text)).toEqual(['hello', expect.stringContaining('(possibly repeated)')]);
  });

  test('without leave to repeat it is not said again', async () => {
    await using stage = await openSlackStage();
    stage.slack.faults.next('chat.postMessage', { kind: 'refused-before' });
    let leave = true;
    const mayPost = async (): Promise<boolean> => {
      const given = leave;
      leave = false;
      return given;
    };
    const posting = slackReplySink(stage.client).post(answer(stage), { ...within(stage), mayPost });
    await expect(posting).rejects.toMatchObject({ code: 'lease_lost' });
    expect(stage.said()).toEqual([]);
  });

  test('for good is a retryable error at the deadline', async () => {
    await using stage = await openSlackStage();
    stage.slack.faults.always('chat.postMessage', { kind: 'refused-before' });
    const posting = slackReplySink(stage.client).post(answer(stage), within(stage, 1_500));
    await expect(posting).rejects.toMatchObject({ code: 'slack_unavailable', retry: { kind: 'retryable' } });
    expect(stage.said()).toEqual([]);
  });
});

describe('a long answer', () => {
  const long = `${'A paragraph of an answer that goes on.\n\n'.repeat(700)}The end.`;

  test('is several messages in order, each under its part', async () => {
    await using stage = await openSlackStage();
    const ts = await slackReplySink(stage.client).post(
      answer(stage, { text: long, mention: stage.person }),
      within(stage),
    );
    const said = stage.said();
    expect(said.map((message) => message.metadata?.event_payload['part'])).toEqual([0, 1, 2]);
    expect(said[0]?.ts).toBe(ts);
    expect(said.map((message) => message.text.includes(`<@${stage.person}>`))).toEqual([true, false, false]);
    expect(said.at(-1)?.text).toMatch(/The end\.$/);
  });

  test('cut off between its parts is completed, not repeated', async () => {
    await using stage = await openSlackStage();
    const sink = slackReplySink(stage.client);
    const reply = answer(stage, { text: long });
    let leave = 2;
    const mayPost = async (): Promise<boolean> => (leave -= 1) >= 0;
    await expect(sink.post(reply, { ...within(stage), mayPost })).rejects.toMatchObject({ code: 'lease_lost' });
    expect(stage.said()).toHaveLength(2);
    const first = await sink.post(reply, { ...within(stage), maybePosted: true });
    expect(stage.said().map((message) => message.metadata?.event_payload['part'])).toEqual([0, 1, 2]);
    expect(first).toBe(stage.said()[0]?.ts);
  });
});

test('a whisper names people', async () => {
  await using stage = await openSlackStage();
  await slackReplySink(stage.client).whisper(stage.thread, stage.person, 'This thread belongs to <@U0BEN>.');
  expect(stage.whispered()).toMatchObject([{ text: 'This thread belongs to <@U0BEN>.' }]);
});

describe('an update', () => {
  test('of a card stays within what Slack takes, with the beginning and the end', async () => {
    await using stage = await openSlackStage();
    const sink = slackReplySink(stage.client);
    const card = answer(stage, { kind: 'card', text: 'working', stoppable: true });
    const ts = await sink.post(card, within(stage));
    await sink.update(ts, { ...card, text: `first ${'<&>'.repeat(5_000)} last` });
    const [said] = stage.said();
    expect(said?.text).toMatch(/^first [^]*left out[^]* last$/);
    expect(said?.metadata?.event_payload).toMatchObject({ delivery_id: 'd1' });
  });

  test('that fails is an error that may be skipped', async () => {
    await using stage = await openSlackStage();
    const sink = slackReplySink(stage.client);
    const card = answer(stage, { kind: 'card' });
    const ts = await sink.post(card, within(stage));
    stage.slack.faults.next('chat.update', { kind: 'ratelimited', retryAfter: 5 });
    await expect(sink.update(ts, card)).rejects.toMatchObject({
      code: 'slack_rate_limited',
      retry: { kind: 'retryable' },
    });
    expect(stage.calls('chat.update')).toBe(1);
  });
});

// What people say in Slack, through a real ingress, into their inbox in a real Redis.
import { freshRedisUrl } from '@runnel/shared/testing';
import { Queue } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { ADA, allAcknowledged, BEN, BOT, openInbox, openStandIn, startIngress, whispersTo } from './start-ingress.ts';

async function openWorld(settings: NodeJS.ProcessEnv = {}, ingresses = 1) {
  const [standIn, redisUrl] = [await openStandIn(1), await freshRedisUrl()];
  const running = [];
  for (let n = 0; n < ingresses; n += 1) running.push(await startIngress({ standIn, redisUrl, settings }));
  const inbox = openInbox(redisUrl);
  const payloads = async (user: Parameters<typeof inbox>[0]) => (await inbox(user)).map((entry) => entry.payload);
  const settled = (): Promise<void> => expect.poll(() => allAcknowledged(standIn)).toBe(true);
  return { standIn, redisUrl, inbox, payloads, settled, workspace: standIn.workspace, running };
}

test('a direct message is appended once, asks for a runner and shows at once that it arrived', async () => {
  const { standIn, workspace, redisUrl, inbox, settled } = await openWorld();
  const { ts } = workspace.postAs(ADA.id, { channel: ADA.dm, text: 'echo hello' });
  await settled();
  expect(await inbox(ADA.key)).toMatchObject([
    { identity: `T0LOCAL:D0ADA:${ts}`, payload: { type: 'prompt', text: 'echo hello', ts } },
  ]);
  const queue = new Queue('launches', { connection: { url: redisUrl }, prefix: 'runnel' });
  onTestFinished(() => queue.close());
  expect((await queue.getWaiting()).map((job) => job.name)).toEqual([ADA.key]);
  await expect
    .poll(() => workspace.sessions())
    .toMatchObject([{ threadTs: ts, status: 'processing', title: 'echo hello' }]);
  await expect.poll(() => workspace.statuses()).toMatchObject([{ threadTs: ts, status: 'is waking up…' }]);
  expect(standIn.record.deliveries()).toMatchObject([{ attempt: 0 }]);
});

test('a mention comes as two events and is one entry; chatter beside it is none', async () => {
  const { workspace, payloads, settled } = await openWorld();
  workspace.postAs(BEN.id, { channel: 'C0GENERAL', text: 'who has time?' });
  const { ts } = workspace.postAs(ADA.id, { channel: 'C0GENERAL', text: `<@${BOT}> echo hello` });
  workspace.postAs(BEN.id, { channel: 'C0GENERAL', text: 'not me' });
  await settled();
  expect(await payloads(ADA.key)).toMatchObject([
    { type: 'prompt', text: 'echo hello', session: `T0LOCAL:C0GENERAL:${ts}` },
  ]);
  expect(await payloads(BEN.key)).toEqual([]);
});

test('five deliveries of one message over two ingresses are one entry', async () => {
  const { standIn, workspace, payloads, running, settled } = await openWorld({}, 2);
  const { ts } = workspace.postAs(ADA.id, { channel: 'C0GENERAL', text: `<@${BOT}> echo hello` });
  await settled();
  // Slack again, as it would after acknowledgements that it never got: in turn to each of the sockets.
  for (const [attempt, type] of ['message', 'app_mention', 'message'].entries()) {
    const event = {
      type,
      channel: 'C0GENERAL',
      ts,
      event_ts: ts,
      user: ADA.id,
      text: `<@${BOT}> echo hello`,
      team: 'T0LOCAL',
    };
    const payload = { type: 'event_callback', team_id: 'T0LOCAL', event_id: `Ev${attempt}`, event };
    standIn.sockets.send({
      envelope_id: `again-${attempt}`,
      type: 'events_api',
      retry_attempt: attempt + 1,
      retry_reason: 'timeout',
      payload,
    });
  }
  const takenBy = (): number[] =>
    running.map((ingress) => ingress.log().filter((line) => line.msg === 'slack event taken').length);
  await expect.poll(() => takenBy().reduce((sum, count) => sum + count, 0)).toBe(5);
  expect(takenBy().every((count) => count > 0)).toBe(true);
  expect(await payloads(ADA.key)).toHaveLength(1);
});

test('another person in a thread is told whose it is, once, by whichever ingress', async () => {
  const { standIn, workspace, payloads, settled } = await openWorld({}, 2);
  const { ts } = workspace.postAs(ADA.id, { channel: 'C0GENERAL', text: `<@${BOT}> echo hello` });
  await settled();
  workspace.postAs(ADA.id, { channel: 'C0GENERAL', threadTs: ts, text: 'echo more' });
  const reply = { channel: 'C0GENERAL', threadTs: ts };
  for (const text of ['me too', `<@${BOT}> me too`, 'please']) workspace.postAs(BEN.id, { ...reply, text });
  await settled();
  await expect.poll(() => whispersTo(standIn, BEN.id)).toEqual([expect.stringContaining(`belongs to <@${ADA.id}>`)]);
  expect(await payloads(ADA.key)).toMatchObject([{ text: 'echo hello' }, { text: 'echo more' }]);
  expect(await payloads(BEN.key)).toEqual([]);
});

test('edits, deletes and stops are entries about what was said', async () => {
  const { standIn, workspace, payloads, settled } = await openWorld();
  const first = workspace.postAs(ADA.id, { channel: ADA.dm, text: 'echo hello' });
  const second = workspace.postAs(ADA.id, { channel: ADA.dm, text: 'echo again' });
  await settled();
  workspace.editAs(ADA.id, { channel: ADA.dm, ts: first.ts }, 'echo bye');
  workspace.deleteAs(ADA.id, { channel: ADA.dm, ts: second.ts });
  workspace.pressStop(ADA.id, { channel: ADA.dm, threadTs: first.ts });
  workspace.postAs(ADA.id, { channel: ADA.dm, threadTs: first.ts, text: 'stop' });
  const elements = [{ type: 'button', action_id: 'stop', value: 'x', text: { type: 'plain_text', text: 'Stop' } }];
  const card = workspace.post({
    channel: ADA.dm,
    threadTs: first.ts,
    text: 'Working',
    blocks: [{ type: 'actions', elements }],
  });
  workspace.pressButton(ADA.id, { channel: ADA.dm, ts: card.ts, actionId: 'stop' });
  await settled();
  const entries = await payloads(ADA.key);
  expect(entries.slice(0, 2)).toMatchObject([{ text: 'echo hello' }, { text: 'echo again' }]);
  expect(entries).toContainEqual(
    expect.objectContaining({ type: 'edit', target: `T0LOCAL:D0ADA:${first.ts}`, text: 'echo bye' }),
  );
  expect(entries).toContainEqual(expect.objectContaining({ type: 'delete', target: `T0LOCAL:D0ADA:${second.ts}` }));
  expect(entries.filter((entry) => entry.type === 'stop')).toHaveLength(3);
  expect(entries).toHaveLength(7);
  // Nobody is there to stop anything yet, and the person is told so.
  const noted = (): number =>
    whispersTo(standIn, ADA.id).filter((text) => text.includes('stops what waits here')).length;
  await expect.poll(noted).toBe(3);
});

test('only the lists decide who may write, and where', async () => {
  const { standIn, workspace, payloads, settled } = await openWorld({
    ALLOWED_USERS: 'U0ADA',
    ALLOWED_CHANNELS: 'C0TEAM',
  });
  workspace.postAs(BEN.id, { channel: BEN.dm, text: 'echo hello' });
  workspace.postAs(BEN.id, { channel: BEN.dm, text: 'hello?' });
  workspace.postAs(ADA.id, { channel: 'C0GENERAL', text: `<@${BOT}> here?` });
  workspace.postAs(ADA.id, { channel: 'C0TEAM', text: `<@${BOT}> or here?` });
  workspace.postAs(ADA.id, { channel: ADA.dm, text: 'and here' });
  await settled();
  expect(await payloads(BEN.key)).toEqual([]);
  expect(await payloads(ADA.key)).toMatchObject([{ text: 'or here?' }, { text: 'and here' }]);
  await expect.poll(() => whispersTo(standIn, BEN.id)).toEqual([expect.stringContaining('may not work for you')]);
  await expect
    .poll(() => whispersTo(standIn, ADA.id))
    .toEqual([expect.stringContaining('may not work in this channel')]);
});

test('a full inbox refuses a prompt out loud and takes a stop', async () => {
  const { standIn, workspace, payloads, settled } = await openWorld({ INBOX_LIMIT: '2' });
  for (const text of ['one', 'two', 'three', 'stop']) workspace.postAs(ADA.id, { channel: ADA.dm, text });
  await settled();
  expect((await payloads(ADA.key)).map((payload) => payload.type).toSorted()).toEqual(['prompt', 'prompt', 'stop']);
  await expect
    .poll(() => whispersTo(standIn, ADA.id).filter((text) => !text.startsWith('Noted')))
    .toEqual([expect.stringContaining('2 of your messages are waiting')]);
});

test('a slash command is answered to its person alone; what needs a thread goes on in their direct messages', async () => {
  const { workspace, payloads, settled } = await openWorld();
  const give = (text: string): void => workspace.commandAs(ADA.id, { channel: 'C0GENERAL', command: '/runnel', text });
  for (const text of ['status', 'fix the tests', 'stop']) {
    give(text);
    await settled();
  }
  const seen = workspace.messages('C0GENERAL').map(({ text, ephemeralTo }) => [ephemeralTo, text]);
  expect(seen).toEqual([
    [ADA.id, 'Your runner sleeps. Write, and it wakes where you left off.'],
    [ADA.id, expect.stringContaining('in our direct messages')],
    [ADA.id, expect.stringMatching(/^Noted: I stop what runs/)],
  ]);
  const [root, ...others] = workspace.messages(ADA.dm);
  expect(root).toMatchObject({ user: BOT, text: expect.stringMatching(/You asked[^]*fix the tests/) });
  expect(others).toEqual([]);
  const session = `T0LOCAL:${ADA.dm}:${root?.ts}`;
  expect(await payloads(ADA.key)).toMatchObject([
    { type: 'prompt', text: 'fix the tests', session, ts: root?.ts },
    { type: 'stop', session },
  ]);
  await expect.poll(() => workspace.statuses()).toMatchObject([{ threadTs: root?.ts, status: 'is waking up…' }]);
});

test('a slash command that Slack brings to two ingresses is taken once', async () => {
  const { standIn, workspace, payloads } = await openWorld({}, 2);
  const given = { team_id: 'T0LOCAL', channel_id: ADA.dm, user_id: ADA.id, command: '/runnel', text: 'fix the tests' };
  const payload = { ...given, trigger_id: '1.2.3' };
  // One to each of the sockets.
  for (const id of ['first', 'second']) {
    standIn.sockets.send({ envelope_id: id, type: 'slash_commands', accepts_response_payload: true, payload });
  }
  await expect.poll(() => standIn.record.acknowledgements()).toEqual(expect.arrayContaining(['first', 'second']));
  expect(await payloads(ADA.key)).toHaveLength(1);
  expect(workspace.messages(ADA.dm)).toHaveLength(1);
});

test.each([
  ['refuses', { kind: 'ratelimited', retryAfter: 30 }],
  ['is too slow for', { kind: 'delay', ms: 5_000 }],
] as const)(
  'a slash command whose thread Slack %s: nothing is done, and its person hears so in time',
  async (_, fault) => {
    const { standIn, workspace, payloads } = await openWorld();
    standIn.faults.next('chat.postMessage', fault);
    workspace.commandAs(ADA.id, { channel: 'C0GENERAL', command: '/runnel', text: 'fix the tests' });
    const answers = (): string[] => workspace.messages('C0GENERAL').map(({ text }) => text);
    await expect.poll(answers).toEqual([expect.stringMatching(/^I did nothing with this[^]*fix the tests/)]);
    const post = standIn.record.calls('chat.postMessage')[0];
    expect(post?.status === undefined, 'the answer does not wait for a post that is slow').toBe(fault.kind === 'delay');
    await expect.poll(() => post?.status, { timeout: 20_000 }).toBeDefined();
    const inDirect = (): string[] =>
      workspace.messages(ADA.dm).flatMap((said) => (said.deleted === true ? [] : [said.text]));
    // What comes late is taken away.
    await expect.poll(inDirect).toEqual([]);
    expect(await payloads(ADA.key)).toEqual([]);
  },
);

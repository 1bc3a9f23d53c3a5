import { describe, expect, it } from 'vitest';
import { catchPrinted, openStandIn, refusal, webClient } from './testing/slack-app.ts';

const until = { interval: 10 };

describe('messages', () => {
  it('come back from the thread by pages, oldest first, the root before all', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    const { ts } = standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'root' });
    for (let n = 1; n <= 6; n += 1) {
      await web.chat.postMessage({ channel: 'D0ADA', thread_ts: ts, text: `answer ${n}` });
    }
    const pages: (string | undefined)[][] = [];
    for await (const page of web.paginate('conversations.replies', { channel: 'D0ADA', ts, limit: 3 })) {
      pages.push((page as unknown as { messages: { text?: string }[] }).messages.map(({ text }) => text));
    }
    expect(pages).toEqual([['root', 'answer 1', 'answer 2'], ['answer 3', 'answer 4', 'answer 5'], ['answer 6']]);
    standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'another root' });
    const history = await web.conversations.history({ channel: 'D0ADA' });
    expect(history.messages?.map(({ text, reply_count }) => [text, reply_count])).toEqual([
      ['another root', undefined],
      ['root', 6],
    ]);
    expect(await refusal(web.conversations.replies({ channel: 'D0ADA', ts, cursor: 'bm9uc2Vuc2U=' }))).toBe(
      'invalid_cursor',
    );
    expect(standIn.violations()).toEqual([]);
  });

  it('keep their metadata, which is told only to who asks for it, and through an update', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    const { ts } = standIn.workspace.postAs('U0ADA', { channel: 'C0TEAM', text: 'root' });
    const metadata = { event_type: 'delivery', event_payload: { delivery_id: 'd1', part: 1 } };
    const posted = await web.chat.postMessage({ channel: 'C0TEAM', thread_ts: ts, text: 'answer', metadata });
    await web.chat.update({ channel: 'C0TEAM', ts: posted.ts ?? '', text: 'a better answer' });
    const asked = await web.conversations.replies({ channel: 'C0TEAM', ts, include_all_metadata: true });
    expect(asked.messages?.at(-1)).toMatchObject({
      text: 'a better answer',
      metadata,
      thread_ts: ts,
      parent_user_id: 'U0ADA',
    });
    const plain = await web.conversations.replies({ channel: 'C0TEAM', ts });
    expect(plain.messages?.at(-1)).not.toHaveProperty('metadata');
    expect(standIn.violations()).toEqual([]);
  });

  it('are held to the limits of Slack', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    const channel = 'D0ADA';
    const long = await web.chat.postMessage({ channel, text: 'x'.repeat(40_001) });
    expect(long.message?.text).toHaveLength(40_000);
    const ts = long.ts ?? '';
    const section = { type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(2_700) } } as const;
    expect(await refusal(web.chat.update({ channel, ts, text: 'x'.repeat(4_001) }))).toBe('msg_too_long');
    expect(
      await refusal(web.chat.postMessage({ channel, text: '', blocks: [section, section, section, section, section] })),
    ).toBe('msg_blocks_too_long');
    expect(await refusal(web.chat.postMessage({ channel, text: '' }))).toBe('no_text');
    expect(await refusal(web.chat.postMessage({ channel, text: 'x', thread_ts: '1700000000.000000' }))).toBe(
      'thread_not_found',
    );
    expect(await refusal(web.chat.postMessage({ channel: 'C0NOWHERE', text: 'x' }))).toBe('channel_not_found');
    expect(await refusal(web.chat.update({ channel, ts: '1700000000.000000', text: 'x' }))).toBe('message_not_found');
    const persons = standIn.workspace.postAs('U0ADA', { channel, text: 'mine' });
    expect(await refusal(web.chat.update({ channel, ts: persons.ts, text: 'x' }))).toBe('cant_update_message');
    expect(await refusal(web.chat.delete({ channel, ts: persons.ts }))).toBe('cant_delete_message');
    expect(standIn.violations()).toEqual([]);
  });

  it('are refused loudly where their blocks or metadata break the rules', async () => {
    catchPrinted();
    const standIn = await openStandIn();
    const web = webClient(standIn);
    const post = (args: Record<string, unknown>): Promise<unknown> =>
      web.apiCall('chat.postMessage', { channel: 'D0ADA', text: 'x', ...args });
    const button = { type: 'button', text: { type: 'plain_text', text: 'x'.repeat(76) }, action_id: 'a' };
    expect(await refusal(post({ blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }))).toBe(
      'invalid_blocks',
    );
    expect(await refusal(post({ blocks: [{ type: 'paragraph' }] }))).toBe('invalid_blocks');
    expect(await refusal(post({ blocks: [{ type: 'actions', elements: [button] }] }))).toBe('invalid_blocks');
    expect(await refusal(post({ blocks: [{ type: 'section', text: 'bare' }] }))).toBe('invalid_blocks');
    const element = {
      type: 'plain_text_input',
      action_id: 'answer',
      dispatch_action_config: { trigger_actions_on: [] },
    };
    const label = { type: 'plain_text', text: 'Answer' };
    expect(await refusal(post({ blocks: [{ type: 'input', label, element }] }))).toBe('invalid_blocks');
    expect(await refusal(post({ blocks: [{ type: 'input', element: { type: 'plain_text_input' } }] }))).toBe(
      'invalid_blocks',
    );
    expect(await refusal(post({ blocks: 'no json' }))).toBe('invalid_blocks_format');
    expect(await refusal(post({ metadata: { event_type: 'x' } }))).toBe('invalid_metadata_format');
    expect(standIn.violations()).toHaveLength(8);
    expect(standIn.workspace.messages('D0ADA')).toEqual([]);
  });

  it('lose their blocks to an update with only a text, and are marked as edited by it', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'card' } }];
    const { ts = '' } = await web.chat.postMessage({ channel: 'D0ADA', text: 'card', blocks });
    await web.chat.update({ channel: 'D0ADA', ts, text: 'card', blocks });
    expect(standIn.workspace.message({ channel: 'D0ADA', ts })).not.toHaveProperty('edited');
    await web.chat.update({ channel: 'D0ADA', ts, text: 'only text' });
    expect(standIn.workspace.message({ channel: 'D0ADA', ts })).not.toHaveProperty('blocks');
    expect(standIn.workspace.message({ channel: 'D0ADA', ts })).toHaveProperty('edited');
  });

  it('to one person are seen by that person and in no history', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    await web.chat.postEphemeral({ channel: 'C0TEAM', user: 'U0BEN', text: 'belongs to <@U0ADA>' });
    expect(standIn.workspace.messages('C0TEAM')).toMatchObject([{ ephemeralTo: 'U0BEN', text: 'belongs to <@U0ADA>' }]);
    expect((await web.conversations.history({ channel: 'C0TEAM' })).messages).toEqual([]);
    expect(await refusal(web.chat.postEphemeral({ channel: 'C0TEAM', user: 'U0NOBODY', text: 'x' }))).toBe(
      'user_not_in_channel',
    );
  });
});

describe('what stands beside a message', () => {
  it('reactions are there once, or not', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    const { channel, ts } = standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'hello' });
    const eyes = { channel, timestamp: ts, name: 'eyes' };
    await web.reactions.add(eyes);
    expect(await refusal(web.reactions.add(eyes))).toBe('already_reacted');
    expect(standIn.workspace.messages(channel)[0]?.reactions).toEqual([{ name: 'eyes', users: ['U0RUNNEL'] }]);
    await web.reactions.remove(eyes);
    expect(await refusal(web.reactions.remove(eyes))).toBe('no_reaction');
    expect(standIn.workspace.messages(channel)[0]?.reactions).toEqual([]);
  });

  it('a status goes with the answer, and after its time', async () => {
    const standIn = await openStandIn({ timeScale: 0.001 });
    const web = webClient(standIn);
    const { channel, ts } = standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'hello' });
    const thread = { channel_id: channel, thread_ts: ts };
    const shown: string[] = [];
    standIn.workspace.on('change', (change) => {
      if (change.type === 'status') shown.push(change.status.status);
    });
    await web.assistant.threads.setStatus({ ...thread, status: 'is starting', loading_messages: ['Restoring'] });
    await web.chat.postMessage({ channel, thread_ts: ts, text: 'hello' });
    await web.assistant.threads.setStatus({ ...thread, status: 'is thinking' });
    await expect.poll(() => shown, until).toEqual(['is starting', '', 'is thinking', '']);
    expect(standIn.workspace.statuses()).toEqual([]);
    expect(
      await refusal(web.assistant.threads.setStatus({ ...thread, thread_ts: '1700000000.000000', status: 'x' })),
    ).toBe('invalid_thread_ts');
  });

  it('a session is made by its first status, titled then, and renamed', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    const { channel, ts } = standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'hello' });
    const thread = { channel_id: channel, thread_ts: ts };
    expect(await refusal(web.agents.sessions.rename({ ...thread, title: 'x' }))).toBe('session_not_found');
    await web.agents.sessions.setStatus({ ...thread, status: 'processing', title: 'fix: tests' });
    await web.agents.sessions.setStatus({ ...thread, status: 'active', title: 'ignored' });
    expect(standIn.workspace.sessions()).toEqual([{ channel, threadTs: ts, status: 'active', title: 'fix_ tests' }]);
    await web.agents.sessions.rename({ ...thread, title: 'tests' });
    expect(standIn.workspace.sessions()[0]?.title).toBe('tests');
    expect(await refusal(web.agents.sessions.setStatus({ channel_id: channel, status: 'active' }))).toBe(
      'thread_ts_required',
    );
    expect(standIn.violations()).toEqual([]);
  });

  it('a file is uploaded in three steps and shared after the last one answered', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    const { channel, ts } = standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'hello' });
    const upload = await web.filesUploadV2({
      channel_id: channel,
      thread_ts: ts,
      filename: 'answer.md',
      content: '# all of it',
    });
    const id = (upload as unknown as { files: { files: { id: string }[] }[] }).files[0]?.files[0]?.id ?? '';
    await expect.poll(() => standIn.workspace.replies(channel, ts)[0]?.files?.[0]?.id, until).toBe(id);
    const { file } = await web.files.info({ file: id });
    expect(file).toMatchObject({ name: 'answer.md', size: 11, shares: { public: { D0ADA: [{ thread_ts: ts }] } } });
    expect(standIn.violations()).toEqual([]);
  });

  it('the app knows itself, its team, people and channels', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn);
    expect(await web.auth.test()).toMatchObject({ team_id: 'T0LOCAL', user_id: 'U0RUNNEL', bot_id: 'B0RUNNEL' });
    expect((await web.team.info()).team).toMatchObject({ id: 'T0LOCAL', domain: 'local' });
    expect((await web.users.info({ user: 'U0ADA' })).user).toMatchObject({ name: 'ada', is_bot: false });
    expect((await web.conversations.info({ channel: 'D0BEN' })).channel).toMatchObject({ is_im: true, user: 'U0BEN' });
    expect((await web.conversations.info({ channel: 'C0TEAM' })).channel).toMatchObject({
      is_channel: true,
      name: 'team',
    });
    expect((await web.conversations.open({ users: 'U0BEN', return_im: true })).channel?.id).toBe('D0BEN');
    const { ts } = standIn.workspace.postAs('U0ADA', { channel: 'C0TEAM', text: 'x' });
    expect((await web.chat.getPermalink({ channel: 'C0TEAM', message_ts: ts })).permalink).toContain(
      `/C0TEAM/p${ts.replace('.', '')}`,
    );
    await web.assistant.threads.setSuggestedPrompts({
      channel_id: 'D0ADA',
      prompts: [{ title: 'List', message: 'ls -la' }],
    });
    expect(standIn.workspace.suggestedPrompts()).toEqual([
      { channel: 'D0ADA', prompts: [{ title: 'List', message: 'ls -la' }] },
    ]);
    expect(standIn.violations()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { catchPrinted, listen, openStandIn, webClient } from './testing/slack-app.ts';
import type { Heard } from './testing/slack-app.ts';

const FAST = 0.02;
const until = { interval: 10 };
const types = (heard: Heard[]): string[] => heard.map(({ body }) => String(body['type']));

describe('a slash command', () => {
  const command = { command: '/runnel', channel: 'C0TEAM', text: 'help' };

  it('comes once, acknowledged or not', async () => {
    const standIn = await openStandIn({ timeScale: FAST });
    const { heard } = await listen(standIn, { isMute: () => true });
    standIn.workspace.commandAs('U0ADA', command);
    // What comes after it comes again.
    standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'hello' });
    await expect.poll(() => types(heard).filter((type) => type === 'message').length, until).toBeGreaterThan(1);
    expect(heard.filter(({ body }) => body['command'] === '/runnel')).toHaveLength(1);
    expect(standIn.record.deliveries('/runnel')).toMatchObject([{ type: 'slash_commands', attempt: 0 }]);
    expect(standIn.workspace.messages('C0TEAM')).toEqual([]);
  });

  it.for([
    [{ text: 'hi' }, [{ text: 'hi', ephemeralTo: 'U0ADA' }], 0],
    [{}, [], 0],
    [{ text: 'hi', thread_ts: '1' }, [], 1],
    [{ blocks: [{ type: 'markdown' }] }, [], 1],
  ] as const)('answered with %j shows that, or is loud about it', async ([answer, shown, faults]) => {
    const printed = catchPrinted();
    const standIn = await openStandIn();
    const { client } = await listen(standIn, { isMute: () => true });
    client.on('slash_commands', ({ ack }: { ack: (response: object) => Promise<void> }) => void ack(answer));
    standIn.workspace.commandAs('U0ADA', command);
    await expect.poll(() => standIn.record.deliveries('/runnel')[0]?.ack, until).toEqual(answer);
    expect(standIn.workspace.messages('C0TEAM')).toMatchObject(shown);
    expect(standIn.violations()).toHaveLength(faults);
    expect(printed().includes('/runnel')).toBe(faults > 0);
  });
});

describe('sockets', () => {
  it('greets a socket, and refuses one without a ticket', async () => {
    const standIn = await openStandIn();
    const { client } = await listen(standIn);
    expect(client.websocket?.isActive()).toBe(true);
    expect(standIn.sockets.count()).toBe(1);

    const stranger = new WebSocket(`${standIn.url.replace('http', 'ws').replace('/api/', '/link/')}?ticket=guessed`);
    const ended = await new Promise((resolve) => stranger.addEventListener('error', () => resolve('refused')));
    expect(ended).toBe('refused');
    expect(standIn.sockets.count()).toBe(1);
  });

  it('gives each envelope to one of several sockets', async () => {
    const standIn = await openStandIn();
    const heard: Heard[] = [];
    for (const name of ['first', 'second', 'third']) await listen(standIn, { name, heard });
    const posted = Array.from({ length: 9 }, (_, n) =>
      standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: `message ${n}` }),
    );
    await expect.poll(() => heard, until).toHaveLength(9);
    expect(new Set(heard.map(({ body }) => body['ts']))).toEqual(new Set(posted.map(({ ts }) => ts)));
    expect(new Set(heard.map(({ socket }) => socket)).size).toBe(3);
  });

  it('asks to go with a warning before, and the client comes back', async () => {
    const standIn = await openStandIn({ timeScale: FAST });
    const { client, heard } = await listen(standIn);
    const told: string[] = [];
    client.on('ws_message', (data: string) => told.push(data));
    standIn.sockets.refresh();
    await expect.poll(() => standIn.record.calls('apps.connections.open'), until).toHaveLength(2);
    await expect.poll(() => standIn.sockets.count(), until).toBe(1);
    expect(told.map((text) => JSON.parse(text) as { reason?: string }).map(({ reason }) => reason)).toContain(
      'warning',
    );
    standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'still there?' });
    await expect.poll(() => types(heard), until).toEqual(['message']);
  });

  it('goes without a word where its pings are dead, and the client finds out', async () => {
    const standIn = await openStandIn();
    await listen(standIn, { pingTimeoutMs: 300 });
    standIn.sockets.deadPings();
    await expect.poll(() => standIn.record.calls('apps.connections.open').length, until).toBeGreaterThan(1);
  });

  it('has room for ten', async () => {
    const standIn = await openStandIn();
    const web = webClient(standIn, 'xapp-test');
    const sockets: WebSocket[] = [];
    const lastWords: string[] = [];
    for (let n = 0; n < 11; n += 1) {
      const { url = '' } = await web.apps.connections.open({});
      const socket = new WebSocket(url);
      sockets.push(socket);
      lastWords.push(
        await new Promise<string>((resolve) => socket.addEventListener('message', ({ data }) => resolve(String(data)))),
      );
    }
    expect(standIn.sockets.count()).toBe(10);
    expect(lastWords.at(9)).toContain('"hello"');
    expect(lastWords.at(10)).toContain('too_many_websockets');
  });
});

describe('delivery', () => {
  it('sends what is acknowledged once', async () => {
    const standIn = await openStandIn({ timeScale: 0.1 });
    const { heard } = await listen(standIn, { isMute: (body) => body['text'] === 'twice' });
    const of = (text: string): Heard[] => heard.filter(({ body }) => body['text'] === text);
    standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'once' });
    standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'twice' });
    await expect.poll(() => of('twice'), until).toHaveLength(2);
    expect(of('once')).toMatchObject([{ retryNum: 0, retryReason: '' }]);
  });

  it('sends what is not acknowledged three times more, marked, as the same event in another envelope', async () => {
    const standIn = await openStandIn({ timeScale: 0.01 });
    const { heard } = await listen(standIn, { isMute: () => true });
    standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'nobody says thanks' });
    await expect.poll(() => heard, until).toHaveLength(4);
    expect(heard.map(({ retryNum, retryReason }) => [retryNum, retryReason])).toEqual([
      [0, ''],
      [1, 'timeout'],
      [2, 'timeout'],
      [3, 'timeout'],
    ]);
    expect(new Set(heard.map(({ eventId }) => eventId)).size).toBe(1);
    const sent = standIn.record.deliveries();
    expect(new Set(sent.map(({ envelopeId }) => envelopeId)).size).toBe(4);
    const waits = sent.map(({ at }, n) => at - (sent[n - 1]?.at ?? at));
    // At once, after a minute, after five; a clock may be a millisecond off.
    expect(waits[1]).toBeLessThan(600);
    expect(waits[2]).toBeGreaterThanOrEqual(599);
    expect(waits[3]).toBeGreaterThanOrEqual(2_999);
  });

  it('brings what happened while no socket was open as a retry', async () => {
    const standIn = await openStandIn({ timeScale: 0.05 });
    standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'anybody there?' });
    const { heard } = await listen(standIn);
    await expect.poll(() => heard, until).toHaveLength(1);
    expect(heard[0]?.retryNum).toBeGreaterThan(0);
    expect(standIn.record.deliveries()[0]).toMatchObject({ attempt: 0 });
    expect(standIn.record.deliveries()[0]?.socket).toBeUndefined();
  });

  it('never brings again what it has given up', async () => {
    const standIn = await openStandIn({ timeScale: 0.01 });
    standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'too late' });
    standIn.giveUpDeliveries();
    const { heard } = await listen(standIn, { isMute: () => true });
    standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'in time' });
    // By then it would have come twice again, too.
    await expect.poll(() => heard.at(-1)?.retryNum, until).toBe(2);
    expect(new Set(heard.map(({ body }) => body['text']))).toEqual(new Set(['in time']));
  });

  it('brings to another socket what the first one took and never acknowledged', async () => {
    const standIn = await openStandIn({ timeScale: 0.1 });
    const heard: Heard[] = [];
    await listen(standIn, { name: 'mute', isMute: () => true, heard });
    await listen(standIn, { name: 'alive', heard });
    standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'hello' });
    await expect.poll(() => heard, until).toHaveLength(2);
    expect(heard.map(({ socket, retryNum }) => [socket, retryNum])).toEqual([
      ['mute', 0],
      ['alive', 1],
    ]);
  });
});

describe('events', () => {
  it('tells a mention in a channel twice: two events, one message', async () => {
    const standIn = await openStandIn();
    const { heard } = await listen(standIn);
    const { ts } = standIn.workspace.postAs('U0ADA', { channel: 'C0GENERAL', text: '@runnel echo a < b' });
    await expect.poll(() => heard, until).toHaveLength(2);
    expect(types(heard).toSorted((a, b) => a.localeCompare(b))).toEqual(['app_mention', 'message']);
    expect(new Set(heard.map(({ eventId }) => eventId)).size).toBe(2);
    for (const { body } of heard) {
      expect(body).toMatchObject({ ts, channel: 'C0GENERAL', user: 'U0ADA', text: '<@U0RUNNEL> echo a &lt; b' });
    }
    const message = heard.find(({ body }) => body['type'] === 'message');
    expect(message?.body).toMatchObject({ channel_type: 'channel', event_ts: ts, team: 'T0LOCAL' });
  });

  it('tells a direct message and a reply in its thread once each', async () => {
    const standIn = await openStandIn();
    const { heard } = await listen(standIn);
    const root = standIn.workspace.postAs('U0BEN', { channel: 'D0BEN', text: 'hello @runnel' });
    const reply = standIn.workspace.postAs('U0BEN', { channel: 'D0BEN', text: 'more', threadTs: root.ts });
    await expect.poll(() => heard, until).toHaveLength(2);
    expect(heard[0]?.body).toMatchObject({ type: 'message', channel_type: 'im', ts: root.ts });
    expect(heard[0]?.body).not.toHaveProperty('thread_ts');
    expect(heard[1]?.body).toMatchObject({ ts: reply.ts, thread_ts: root.ts, parent_user_id: 'U0BEN' });
  });

  it('tells an edit with the message as it was, and the app its own edits', async () => {
    const standIn = await openStandIn();
    const { heard } = await listen(standIn);
    const { channel, ts } = standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'sleep 5' });
    standIn.workspace.editAs('U0ADA', { channel, ts }, 'sleep 6');
    await expect.poll(() => heard, until).toHaveLength(2);
    expect(heard[1]?.body).toMatchObject({
      type: 'message',
      subtype: 'message_changed',
      channel,
      channel_type: 'im',
      hidden: true,
      message: { ts, text: 'sleep 6', user: 'U0ADA', edited: { user: 'U0ADA' } },
      previous_message: { ts, text: 'sleep 5' },
    });

    const web = webClient(standIn);
    const posted = await web.chat.postMessage({ channel, text: 'working' });
    await web.chat.update({ channel, ts: posted.ts ?? '', text: 'done' });
    await expect.poll(() => heard, until).toHaveLength(4);
    expect(heard[2]?.body).toMatchObject({ bot_id: 'B0RUNNEL', app_id: 'A0RUNNEL', text: 'working' });
    expect(heard[3]?.body).toMatchObject({ subtype: 'message_changed', message: { bot_id: 'B0RUNNEL', text: 'done' } });
  });

  it('tells a deletion, and of a root with replies that it became a tombstone', async () => {
    const standIn = await openStandIn();
    const { heard } = await listen(standIn);
    const root = standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'a question' });
    const reply = standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'another', threadTs: root.ts });
    await webClient(standIn).chat.postMessage({ channel: 'D0ADA', thread_ts: root.ts, text: 'an answer' });
    standIn.workspace.deleteAs('U0ADA', reply);
    standIn.workspace.deleteAs('U0ADA', root);
    await expect.poll(() => heard, until).toHaveLength(5);
    expect(heard[3]?.body).toMatchObject({
      subtype: 'message_deleted',
      deleted_ts: reply.ts,
      previous_message: { ts: reply.ts, text: 'another', thread_ts: root.ts },
    });
    expect(heard[4]?.body).toMatchObject({
      subtype: 'message_changed',
      message: { subtype: 'tombstone', user: 'USLACKBOT', ts: root.ts },
      previous_message: { ts: root.ts, text: 'a question', user: 'U0ADA' },
    });
  });

  it('tells a file with where to fetch it, for the token only', async () => {
    const standIn = await openStandIn();
    const { heard } = await listen(standIn);
    standIn.workspace.postAs('U0ADA', {
      channel: 'D0ADA',
      text: '',
      files: [{ name: 'notes.md', content: '# notes' }],
    });
    await expect.poll(() => heard, until).toHaveLength(1);
    const { subtype, files } = (heard[0]?.body ?? {}) as {
      subtype: string;
      files: { url_private_download: string; size: number }[];
    };
    expect(subtype).toBe('file_share');
    const address = files[0]?.url_private_download ?? '';
    const fetched = await fetch(address, { headers: { Authorization: 'Bearer xoxb-test' } });
    expect(await fetched.text()).toBe('# notes');
    const refused = await fetch(address);
    expect(refused.status).toBe(200);
    expect(refused.headers.get('content-type')).toContain('text/html');
  });

  it('tells a pressed button as block_actions, once even without an answer', async () => {
    const standIn = await openStandIn({ timeScale: 0.001 });
    const { heard } = await listen(standIn, { isMute: () => true });
    const button = {
      type: 'button',
      action_id: 'stop',
      value: 'turn-1',
      text: { type: 'plain_text', text: 'Stop' },
    } as const;
    const blocks = [{ type: 'actions', block_id: 'controls', elements: [button] }];
    const { ts = '' } = await webClient(standIn).chat.postMessage({ channel: 'C0TEAM', text: 'working', blocks });
    expect(() => standIn.workspace.pressButton('U0ADA', { channel: 'C0TEAM', ts, actionId: 'start' })).toThrow(
      'no start',
    );
    standIn.workspace.pressButton('U0ADA', { channel: 'C0TEAM', ts, actionId: 'stop' });
    const pressed = (): Heard[] => heard.filter(({ body }) => body['type'] === 'block_actions');
    await expect.poll(() => pressed(), until).toHaveLength(1);
    expect(pressed()[0]?.body).toMatchObject({
      user: { id: 'U0ADA' },
      team: { id: 'T0LOCAL' },
      channel: { id: 'C0TEAM', name: 'team' },
      container: { message_ts: ts, channel_id: 'C0TEAM', is_ephemeral: false },
      message: { ts, bot_id: 'B0RUNNEL' },
      actions: [{ type: 'button', action_id: 'stop', block_id: 'controls', value: 'turn-1' }],
    });
    await expect.poll(() => standIn.record.deliveries('message'), until).toHaveLength(4);
    expect(pressed()).toHaveLength(1);
  });

  it('tells what was written into a field of a message, where it was asked to', async () => {
    const standIn = await openStandIn();
    const { heard } = await listen(standIn);
    const field = (isTold: boolean) => ({
      type: 'input' as const,
      block_id: `told-${isTold}`,
      dispatch_action: isTold,
      label: { type: 'plain_text' as const, text: 'Your answer' },
      element: { type: 'plain_text_input' as const, action_id: 'answer' },
    });
    const blocks = [field(false), field(true)];
    const { ts = '' } = await webClient(standIn).chat.postMessage({ channel: 'C0TEAM', text: 'which?', blocks });
    const write = (blockId: string): void =>
      standIn.workspace.pressButton('U0ADA', { channel: 'C0TEAM', ts, actionId: 'answer', blockId, text: 'a < b' });
    expect(() => write('told-false')).toThrow('no answer');
    write('told-true');
    await expect
      .poll(() => heard.find(({ body }) => body['type'] === 'block_actions')?.body, until)
      .toMatchObject({
        actions: [{ type: 'plain_text_input', action_id: 'answer', block_id: 'told-true', value: 'a < b' }],
      });
  });

  it('tells the native Stop', async () => {
    const standIn = await openStandIn();
    const { heard } = await listen(standIn);
    const { ts } = standIn.workspace.postAs('U0ADA', { channel: 'D0ADA', text: 'sleep 600' });
    standIn.workspace.pressStop('U0ADA', { channel: 'D0ADA', threadTs: ts });
    await expect.poll(() => heard, until).toHaveLength(2);
    expect(heard[1]?.body).toMatchObject({
      type: 'agent_session_stopped',
      channel: 'D0ADA',
      user: 'U0ADA',
      thread_ts: ts,
    });
    expect(standIn.violations()).toEqual([]);
  });
});

import type { Entry, UserKey } from '@runnel/shared';
import { expect, test, vi } from 'vitest';
import type { IncomingSlackEnvelope } from './slack/incoming-slack-envelope.ts';
import { takeSlackEnvelope, type IngressRules } from './take-slack-envelope.ts';
import { brokenInbox, memoryPorts, type MemoryPorts } from './testing/memory-ports.ts';
import {
  appMention,
  blockActions,
  BOT,
  channelMessage,
  edited,
  eventCallback,
  messageDeleted,
  plainMessage,
  sessionStopped,
} from './testing/slack-payloads.ts';

type Event = Record<string, unknown>;
const ADA: UserKey = 'T0LOCAL:U0ADA';
const BEN: UserKey = 'T0LOCAL:U0BEN';
const everybody = { teams: [], users: [], channels: [] };

function start(
  options: { allowed?: Partial<IngressRules['allowed']>; maxBacklog?: number; ports?: Partial<MemoryPorts> } = {},
) {
  const ports = { ...memoryPorts(options.maxBacklog), ...options.ports };
  const rules = {
    botUser: BOT,
    allowed: { ...everybody, ...options.allowed },
    seenMs: 3_600_000,
    maxBacklog: options.maxBacklog ?? 100,
    callTimeoutMs: 1_000,
  };
  const take = takeSlackEnvelope(ports, rules);
  const acknowledge = vi.fn<() => Promise<void>>(async () => undefined);
  const deliver = (body: unknown, retry = 0): Promise<void> =>
    take({ type: 'events_api', body, retry, acknowledge } satisfies IncomingSlackEnvelope);
  const say = (event: Event, outer: Event = {}): Promise<void> => deliver(eventCallback(event, outer));
  const entries = async (user = ADA): Promise<Entry['payload'][]> =>
    (await ports.inbox.backlog(user)).map((entry) => entry.payload);
  return { ...ports, deliver, say, entries, acknowledge };
}

let seconds = Math.floor(Date.now() / 1_000);
const now = (): string => `${(seconds += 1)}.000100`;

test('a direct message is appended, wakes a runner, is acknowledged and shown as received', async () => {
  const { say, inbox, wakes, acknowledge, receipts } = start();
  const ts = now();
  await say(plainMessage({ ts, text: 'fix the\ntests' }));
  expect(await inbox.backlog(ADA)).toMatchObject([
    {
      identity: `T0LOCAL:D0ADA:${ts}`,
      payload: { type: 'prompt', session: `T0LOCAL:D0ADA:${ts}`, author: 'U0ADA', ts, text: 'fix the\ntests' },
    },
  ]);
  expect(wakes).toEqual([{ user: ADA, generation: (await inbox.lease(ADA)).generation }]);
  expect(acknowledge).toHaveBeenCalledOnce();
  expect(receipts).toEqual([`working ${ts} "fix the\ntests" U0ADA ${ts}`, `${ts} is waking up…`]);
});

test('what is attached is appended with what it is fetched by, and as names for runners of an earlier version', async () => {
  const { say, entries, receipts } = start();
  const url = 'https://files.slack.com/files-pri/T0LOCAL-F1/a.txt';
  const files = [{ id: 'F1', name: 'a.txt', mimetype: 'text/plain', size: 3, url_private: url }];
  await say(plainMessage({ ts: now(), text: '', subtype: 'file_share', files }));
  const file = { id: 'F1', name: 'a.txt', mimetype: 'text/plain', size: 3, url };
  expect(await entries()).toMatchObject([{ type: 'prompt', text: '', fileNames: ['a.txt'], files: [file] }]);
  expect(receipts[0]).toContain('"a.txt"');
});

test('five deliveries of one message, as mention and as message, retried or not, are one entry', async () => {
  const { say, deliver, entries, acknowledge, receipts } = start();
  const ts = now();
  const message = channelMessage({ ts, text: `<@${BOT}> echo hello` });
  await say(appMention({ ts }));
  await say(message);
  await deliver(eventCallback(message), 1);
  await deliver(eventCallback(appMention({ ts })), 2);
  await deliver(eventCallback(message), 3);
  expect(await entries()).toMatchObject([{ type: 'prompt', text: 'echo hello' }]);
  expect(acknowledge).toHaveBeenCalledTimes(5);
  expect(receipts).toHaveLength(2);
});

test('only a retry arrives: it is taken like a first delivery', async () => {
  const { deliver, entries } = start();
  await deliver(eventCallback(plainMessage({ ts: now() })), 2);
  expect(await entries()).toHaveLength(1);
});

test('what cannot be appended is not acknowledged', async () => {
  const { say, acknowledge, receipts } = start({ ports: { inbox: brokenInbox() as MemoryPorts['inbox'] } });
  await expect(say(plainMessage({ ts: now() }))).rejects.toThrow('Redis is away');
  expect(acknowledge).not.toHaveBeenCalled();
  expect(receipts).toEqual([]);
});

test('a wake that fails is left to the sweeper: Slack is acknowledged all the same', async () => {
  const add = vi.fn<() => Promise<void>>(async () => Promise.reject(new Error('no queue')));
  const { say, entries, acknowledge } = start({ ports: { launches: { add } } });
  await say(plainMessage({ ts: now() }));
  expect(add).toHaveBeenCalledOnce();
  expect(await entries()).toHaveLength(1);
  expect(acknowledge).toHaveBeenCalledOnce();
});

test('a receipt that fails or hangs costs nothing', async () => {
  const working = (): Promise<void> => new Promise(() => undefined);
  const stage = async (): Promise<void> => Promise.reject(new Error('ratelimited'));
  const { say, acknowledge } = start({ ports: { status: { working, stage, rest: stage } } });
  await say(plainMessage({ ts: now() }));
  expect(acknowledge).toHaveBeenCalledOnce();
});

test.each([
  { what: 'is taken back', goesOn: false },
  { what: 'stays where the thread is at work again', goesOn: true },
])('a receipt that is shown after the answer $what', async ({ goesOn }) => {
  const { inbox, receipts, status } = memoryPorts();
  const ts = now();
  const session = `T0LOCAL:D0ADA:${ts}` as const;
  const looked = Promise.withResolvers<void>();
  // Slack is slow to show it; the runner is not slow to answer.
  const working: typeof status.working = async () => {
    const holder = { user: ADA, generation: (await inbox.lease(ADA)).generation, owner: 'pod' };
    await inbox.acquire(holder);
    await inbox.acknowledge(holder, await inbox.backlog(ADA));
    if (goesOn) {
      const payload = { v: 1, type: 'stop', session, author: 'U0ADA', at: 1 } as const;
      await inbox.enqueue({ user: ADA, identity: 'next', payload });
    }
    const waiting = await inbox.backlog(ADA);
    vi.spyOn(inbox, 'backlog').mockImplementation(async () => {
      setImmediate(looked.resolve);
      return waiting;
    });
  };
  const { say } = start({ ports: { inbox, status: { ...status, working } } });
  await say(plainMessage({ ts }));
  await looked.promise;
  expect(receipts).toEqual([`${ts} is waking up…`, ...(goesOn ? [] : [`${ts} at rest`])]);
});

test('channel chatter is acknowledged and goes nowhere', async () => {
  const { say, entries, acknowledge, whispers } = start();
  const root = now();
  await say(channelMessage({ ts: root }));
  await say(channelMessage({ ts: now(), thread_ts: root }));
  expect(await entries()).toEqual([]);
  expect(whispers).toEqual([]);
  expect(acknowledge).toHaveBeenCalledTimes(2);
});

test('in a thread of ours its owner needs no mention, and speaks aside when they say so', async () => {
  const { say, entries } = start();
  const root = now();
  const reply = (text: string): Promise<void> => say(channelMessage({ ts: now(), thread_ts: root, text }));
  await say(appMention({ ts: root }));
  await reply('and now this');
  await reply('aside: lunch?');
  await reply('<@U0BEN> can you look?');
  await reply(`<@${BOT}> aside from that, go on`);
  expect(await entries()).toMatchObject([
    { text: 'echo hello' },
    { text: 'and now this' },
    { text: 'aside from that, go on' },
  ]);
});

test('another person in a thread is told once whose it is, and never appended', async () => {
  const { say, entries, whispers } = start();
  const root = now();
  await say(appMention({ ts: root }));
  for (const text of ['me too', `<@${BOT}> me too`, 'stop']) {
    await say(channelMessage({ ts: now(), thread_ts: root, user: 'U0BEN', text }));
  }
  expect(await entries()).toHaveLength(1);
  expect(await entries(BEN)).toEqual([]);
  await vi.waitFor(() =>
    expect(whispers).toEqual([
      {
        channel: 'C0GENERAL',
        threadTs: root,
        user: 'U0BEN',
        text: 'This thread belongs to <@U0ADA>. Start your own by mentioning me in a new message.',
      },
    ]),
  );
});

test('stop is an entry: written, pressed on our button, pressed in Slack', async () => {
  const { say, deliver, entries, receipts } = start();
  const root = now();
  await say(appMention({ ts: root }));
  await say(channelMessage({ ts: now(), thread_ts: root, text: 'stop' }));
  await deliver(blockActions('stop', { container: { message_ts: now(), thread_ts: root } }));
  await say(sessionStopped({ channel: 'C0GENERAL', thread_ts: root }), { event_id: 'Ev1' });
  await say(sessionStopped({ channel: 'C0GENERAL', thread_ts: root }), { event_id: 'Ev1' });
  expect((await entries()).map((entry) => entry.type)).toEqual(['prompt', 'stop', 'stop', 'stop']);
  expect(receipts).toHaveLength(2);
});

test('a Stop pressed by another person stops nothing and says who can', async () => {
  const { say, deliver, entries, whispers } = start();
  const root = now();
  await say(appMention({ ts: root }));
  await deliver(blockActions('stop', { user: { id: 'U0BEN' }, container: { message_ts: now(), thread_ts: root } }));
  expect(await entries()).toHaveLength(1);
  await vi.waitFor(() =>
    expect(whispers).toMatchObject([
      { user: 'U0BEN', text: 'Only <@U0ADA>, whose thread this is, can stop the work in it.' },
    ]),
  );
});

test('an edit is an entry about its message; an edit of what was never seen is that message', async () => {
  const { say, entries, inbox } = start();
  const [seen, unseen, chatter] = [
    plainMessage({ ts: now() }),
    plainMessage({ ts: now() }),
    channelMessage({ ts: now() }),
  ];
  await say(seen);
  await say(edited(seen, 'echo bye'), { event_id: 'Ev2' });
  await say(edited(unseen, 'echo late'), { event_id: 'Ev3' });
  // The first delivery of it comes after all.
  await say(unseen);
  await say(edited(chatter, 'nobody asked'), { event_id: 'Ev4' });
  await say(edited(chatter, `<@${BOT}> ls`), { event_id: 'Ev5' });
  expect(await entries()).toMatchObject([
    { type: 'prompt', text: 'echo hello' },
    { type: 'edit', target: `T0LOCAL:D0ADA:${String(seen['ts'])}`, text: 'echo bye' },
    { type: 'prompt', text: 'echo late' },
    { type: 'prompt', text: 'ls' },
  ]);
  expect((await inbox.backlog(ADA)).map((entry) => entry.identity)[1]).toBe('Ev2');
});

test('an edit of a message older than our memory is no new message', async () => {
  const { say, entries } = start();
  await say(edited(plainMessage({ ts: '1766458026.240809' }), 'echo bye'));
  expect(await entries()).toEqual([]);
});

test('a delete is an entry about its message; of what was never seen it is nothing', async () => {
  const { say, entries } = start();
  const [seen, unseen] = [plainMessage({ ts: now() }), plainMessage({ ts: now() })];
  await say(seen);
  await say(messageDeleted(seen));
  await say(messageDeleted(unseen));
  expect(await entries()).toMatchObject([
    { type: 'prompt' },
    { type: 'delete', target: `T0LOCAL:D0ADA:${String(seen['ts'])}` },
  ]);
});

test('a full inbox refuses prompts out loud, each once, and still takes a stop', async () => {
  const { say, entries, whispers, acknowledge } = start({ maxBacklog: 2 });
  for (let n = 0; n < 2; n += 1) await say(plainMessage({ ts: now() }));
  const refused = now();
  await say(appMention({ ts: refused }));
  await say(channelMessage({ ts: refused, text: `<@${BOT}> echo hello` }));
  await say(plainMessage({ ts: now(), text: 'stop' }));
  expect((await entries()).map((entry) => entry.type)).toEqual(['prompt', 'prompt', 'stop']);
  expect(acknowledge).toHaveBeenCalledTimes(5);
  const text = expect.stringMatching(/^2 of your messages are waiting/) as string;
  const noted = expect.stringMatching(/^Noted/) as string;
  await expect.poll(() => whispers).toMatchObject([{ user: 'U0ADA', threadTs: refused, text }, { text: noted }]);
});

test('who is not on the list is told once a day when they speak to us, and never when they do not', async () => {
  const { say, entries, whispers, acknowledge } = start({ allowed: { users: ['U0ADA'] } });
  await say(channelMessage({ ts: now(), user: 'U0BEN' }));
  await say(channelMessage({ ts: now(), user: 'U0BEN', text: `<@${BOT}> hi` }));
  await say(plainMessage({ ts: now(), user: 'U0BEN', channel: 'D0BEN' }));
  await say(plainMessage({ ts: now() }));
  expect(await entries(BEN)).toEqual([]);
  expect(await entries()).toHaveLength(1);
  expect(acknowledge).toHaveBeenCalledTimes(4);
  await expect.poll(() => whispers).toMatchObject([{ user: 'U0BEN', channel: 'C0GENERAL' }]);
});

test('messages of one thread keep their order, whatever each of them waits for', async () => {
  const { inbox } = memoryPorts();
  const delays = [20, 0, 5];
  const slowly = {
    seen: inbox.seen.bind(inbox),
    enqueue: async (request: Parameters<typeof inbox.enqueue>[0]) => {
      const ms = delays.shift() ?? 0;
      await new Promise((resolve) => setTimeout(resolve, ms));
      return inbox.enqueue(request);
    },
  } as MemoryPorts['inbox'];
  const { say } = start({ ports: { inbox: slowly } });
  const root = now();
  await Promise.all([
    say(plainMessage({ ts: root, text: 'one' })),
    say(plainMessage({ ts: now(), thread_ts: root, text: 'two' })),
    say(plainMessage({ ts: now(), thread_ts: root, text: 'three' })),
  ]);
  expect((await inbox.backlog(ADA)).map((entry) => entry.payload)).toMatchObject([
    { text: 'one' },
    { text: 'two' },
    { text: 'three' },
  ]);
});

test('a word that needs no runner is answered at once, once, and is no entry', async () => {
  const { say, entries, posts, wakes, acknowledge } = start();
  const ts = now();
  await say(appMention({ ts, text: `<@${BOT}> Help` }));
  await say(channelMessage({ ts, text: `<@${BOT}> Help` }));
  await say(plainMessage({ ts: now(), text: 'help me' }));
  await say(plainMessage({ ts: now(), text: '!status' }));
  await expect.poll(() => posts).toHaveLength(2);
  expect(posts[0]).toMatch(new RegExp(`^${ts} notice Write what you want done\\.`));
  expect(posts[1]).toMatch(/Your runner is on its way and has this to do:\n\n- `help me`$/);
  expect(await entries()).toMatchObject([{ text: 'help me' }]);
  expect(wakes).toHaveLength(1);
  expect(acknowledge).toHaveBeenCalledTimes(4);
});

test('a runner is kept awake by a word, from when that was said', async () => {
  const { say, entries, posts, wakes, inbox } = start();
  await say(plainMessage({ ts: now(), text: 'stay 45m' }));
  expect(await inbox.keptAwakeMs(ADA)).toBeGreaterThan(44 * 60_000);
  await say(plainMessage({ ts: String(Date.now() / 1_000 - 1_800), text: 'stay 45m' }));
  expect(await inbox.keptAwakeMs(ADA)).toBeLessThanOrEqual(15 * 60_000);
  await expect.poll(() => posts).toHaveLength(2);
  expect(posts[0]).toMatch(/stays awake for 45 minutes/);
  expect(posts[1]).toMatch(/stays awake for 15 minutes/);
  expect(await entries()).toEqual([]);
  expect(wakes).toEqual([]);
});

test('in the thread of somebody else a word is not answered', async () => {
  const { say, posts, whispers } = start();
  const root = now();
  await say(appMention({ ts: root, text: `<@${BOT}> echo hello` }));
  await say(channelMessage({ ts: now(), thread_ts: root, user: 'U0BEN', text: `<@${BOT}> status` }));
  await expect.poll(() => whispers).toMatchObject([{ user: 'U0BEN' }]);
  expect(posts).toEqual([]);
});

test('in a channel a status names nothing that is said elsewhere', async () => {
  const { say, posts } = start();
  await say(plainMessage({ ts: now(), text: 'my secret plan' }));
  await say(appMention({ ts: now(), text: `<@${BOT}> status` }));
  await expect.poll(() => posts).toHaveLength(1);
  expect(posts[0]).toMatch(/has this to do:\n\n- 1 more$/);
});

test('a word whose acknowledgement fails is answered when it comes again', async () => {
  const { deliver, posts, acknowledge } = start();
  acknowledge.mockRejectedValueOnce(new Error('the socket is gone'));
  const body = eventCallback(plainMessage({ ts: now(), text: 'help' }));
  await expect(deliver(body)).rejects.toThrow('the socket is gone');
  await deliver(body, 1);
  await expect.poll(() => posts).toHaveLength(1);
});

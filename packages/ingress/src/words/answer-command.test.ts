import type { Entry } from '@runnel/shared';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { takeSlackEnvelope, type IngressRules } from '../take-slack-envelope.ts';
import { memoryPorts, type MemoryPorts } from '../testing/memory-ports.ts';
import { BOT, eventCallback, plainMessage, slashCommand } from '../testing/slack-payloads.ts';

type Response = { readonly response_type: string; readonly text: string; readonly blocks: readonly unknown[] };
type Options = {
  readonly allowed?: Partial<IngressRules['allowed']>;
  readonly replies?: Partial<MemoryPorts['replies']>;
  readonly told?: Partial<MemoryPorts['told']>;
  readonly maxBacklog?: number;
};

const ADA = 'T0LOCAL:U0ADA';

let given = 0;

function start({ allowed = {}, replies = {}, told = {}, maxBacklog = 100 }: Options = {}) {
  const memory = memoryPorts(maxBacklog);
  const ports = { ...memory, replies: { ...memory.replies, ...replies }, told: { ...memory.told, ...told } };
  const rules = { botUser: BOT, seenMs: 3_600_000, maxBacklog, callTimeoutMs: 1_000 };
  const take = takeSlackEnvelope(ports, { ...rules, allowed: { teams: [], users: [], channels: [], ...allowed } });
  const say = (text: string, fields = {}): Promise<void> =>
    take({ type: 'events_api', body: eventCallback(plainMessage({ text, ...fields })), retry: 0 });
  /** What the acknowledgement brings along. */
  const command = async (text: string, fields = {}): Promise<Response> => {
    const responses: (object | undefined)[] = [];
    const acknowledge = async (response?: object): Promise<void> => void responses.push(response);
    const body = slashCommand(text, { trigger_id: `1.2.${(given += 1)}`, ...fields });
    await take({ type: 'slash_commands', body, retry: 0, acknowledge });
    expect(responses).toHaveLength(1);
    return responses[0] as Response;
  };
  const entries = async (): Promise<Entry['payload'][]> =>
    (await ports.inbox.backlog(ADA)).map(({ payload }) => payload);
  return { ...ports, say, command, entries };
}

afterEach(() => void vi.useRealTimers());

test.each(['help', ' HELP ', '', '!help'])('%j is answered with help, to its person alone', async (text) => {
  const { command, posts, whispers, wakes, begun } = start();
  const response = await command(text);
  expect(response).toMatchObject({
    response_type: 'ephemeral',
    text: expect.stringMatching(/^Write what you want done/),
    blocks: [{ type: 'markdown', text: expect.stringMatching(/^Write what you want done/) }],
  });
  expect([posts, whispers, wakes, begun]).toEqual([[], [], [], []]);
});

test('nobody else reads it, so its person is told all that waits, in a channel too', async () => {
  const { command, say } = start();
  await say('fix the tests');
  expect((await command('status')).text).toMatch(/has this to do:\n\n- `fix the tests`$/);
});

test('`stay` keeps the runner awake from now on', async () => {
  const { command, inbox } = start();
  expect((await command('stay 45m')).text).toContain('stays awake for 45 minutes');
  expect(await inbox.keptAwakeMs(ADA)).toBeGreaterThan(44 * 60_000);
  await command('stay 0m');
  expect(await inbox.keptAwakeMs(ADA)).toBe(0);
});

test.each(['new', 'sessions', 'aside or not', '!fix it', 'fix the `build`\n```\nif a &lt; b, <@U0BEN> <!channel>'])(
  '%j is taken in a new thread of the direct messages',
  async (text) => {
    const { command, inbox, wakes, begun, receipts } = start();
    const response = await command(text);
    expect(response).toMatchObject({ response_type: 'ephemeral', text: expect.stringContaining('direct messages') });
    const ts = '1800000001.000100';
    const identity = `T0LOCAL:D0ADA:${ts}`;
    expect(await inbox.backlog(ADA)).toMatchObject([
      { identity, payload: { type: 'prompt', session: identity, author: 'U0ADA', ts, text, fileNames: [] } },
    ]);
    const shown = text.replace('&lt;', '<').replace('<@U0BEN> <!channel>', '@U0BEN @channel');
    expect(begun).toEqual([expect.stringMatching(/^U0ADA You asked with `\/runnel`:\n\n```/)]);
    expect(begun[0]).toContain(`\n${shown}\n`);
    expect(wakes).toHaveLength(1);
    await expect.poll(() => receipts).toContain(`${ts} is waking up…`);
  },
);

test('what follows in that thread is of the same session and person', async () => {
  const { command, say, entries } = start();
  await command('fix the tests');
  await say('and the docs', { ts: '1800000002.000100', thread_ts: '1800000001.000100' });
  expect(await entries()).toMatchObject(
    ['fix the tests', 'and the docs'].map((text) => ({ text, session: 'T0LOCAL:D0ADA:1800000001.000100' })),
  );
});

test('delivered twice it is posted once and done once, and the second answer says so', async () => {
  const { command, begun, entries } = start();
  const trigger = { trigger_id: '1.2.same' };
  await command('fix the tests', trigger);
  expect((await command('fix the tests', trigger)).text).toMatch(/reached me twice/);
  expect(begun).toHaveLength(1);
  expect(await entries()).toHaveLength(1);
  await command('fix the tests');
  expect(await entries(), 'given twice it is done twice').toHaveLength(2);
});

test('where the thread cannot be begun nothing is done, and the answer says so', async () => {
  const beginThread = async (): Promise<never> => Promise.reject(new Error('Slack is away'));
  const { command, entries, wakes } = start({ replies: { beginThread } });
  expect((await command('fix the tests')).text).toMatch(/^I did nothing with this[^]*fix the tests/);
  expect(await entries()).toEqual([]);
  expect(wakes).toEqual([]);
});

test('Slack is answered in time, however long its post takes; what comes late is taken away', async () => {
  vi.useFakeTimers();
  const post = Promise.withResolvers<{ channel: string; threadTs: string }>();
  const { command, entries, begun } = start({ replies: { beginThread: () => post.promise } });
  const answer = command('fix the tests');
  await vi.advanceTimersByTimeAsync(2_500);
  expect((await answer).text).toMatch(/^I did nothing with this/);
  post.resolve({ channel: 'D0ADA', threadTs: '1800000009.000100' });
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual(['-1800000009.000100']);
  expect(await entries()).toEqual([]);
});

test('a full inbox says so in the answer alone, and nothing stands in the direct messages', async () => {
  const { command, entries, begun, whispers } = start({ maxBacklog: 1 });
  await command('one');
  expect((await command('two')).text).toMatch(/^1 of your messages are waiting already/);
  expect(await entries()).toHaveLength(1);
  await expect.poll(() => begun.at(-1)).toBe('-1800000002.000100');
  expect(whispers).toEqual([]);
});

test('where the append fails after the post, the answer does not say that nothing was done', async () => {
  const { command, inbox, begun } = start();
  inbox.enqueue = async () => Promise.reject(new Error('not durable'));
  expect((await command('fix the tests')).text).toMatch(/^I cannot say whether I took this/);
  expect(begun, 'it may run: what is said of it stays').toHaveLength(1);
});

test('where Redis has taken most of the time, nothing is begun that nobody would wait for', async () => {
  const clock = vi.spyOn(performance, 'now');
  onTestFinished(() => clock.mockRestore());
  const isFirstInDay = async (): Promise<boolean> => {
    const late = performance.now() + 1_800;
    clock.mockImplementation(() => late);
    return true;
  };
  const { command, begun, entries } = start({ told: { isFirstInDay } });
  expect((await command('fix the tests')).text).toMatch(/^I did nothing with this/);
  expect([begun, await entries()]).toEqual([[], []]);
});

test('`stop` stops every thread in which something runs or waits, each once', async () => {
  const { command, say, entries, begun, wakes } = start();
  expect((await command('stop')).text).toBe('Nothing of yours runs, or waits to.');
  expect(await entries()).toEqual([]);
  for (const ts of ['1766458001.000100', '1766458002.000100']) await say('work', { ts });
  await say('more', { ts: '1766458003.000100', thread_ts: '1766458001.000100' });
  const trigger = { trigger_id: '1.2.stop' };
  expect((await command('!Stop', trigger)).text).toMatch(/2 threads of yours, each of which says/);
  await command('stop', trigger);
  const stops = (await entries()).filter(({ type }) => type === 'stop');
  expect(stops).toMatchObject(
    ['1766458001.000100', '1766458002.000100'].map((ts) => ({ session: `T0LOCAL:D0ADA:${ts}`, author: 'U0ADA' })),
  );
  expect(begun).toEqual([]);
  expect(wakes).not.toEqual([]);
});

test('what was pressed, or begins by itself, to go on with is stopped too, and what only shows something is not', async () => {
  const { command, inbox, entries } = start();
  const about = { v: 1, author: 'U0ADA', at: 1, target: 'x', message: '1.0', agent: 'claude' } as const;
  for (const [n, type] of (['run_now', 'show_diff', 'discard', 'run_kept'] as const).entries()) {
    const payload = { ...about, type, session: `T0LOCAL:D0ADA:${n}.0` } as const;
    await inbox.enqueue({ user: ADA, identity: type, payload });
  }
  await command('stop');
  const stopped = (await entries()).flatMap((entry) => (entry.type === 'stop' ? [entry.session] : []));
  expect(stopped).toEqual(['T0LOCAL:D0ADA:0.0', 'T0LOCAL:D0ADA:3.0']);
});

test('what is kept until there is a key is stopped too, and nobody else’s', async () => {
  const { command, kept, entries } = start();
  for (const [user, ts] of [
    [ADA, '1.0'],
    ['T0LOCAL:U0BEN', '2.0'],
  ] as const) {
    await kept.note({ user, session: `T0LOCAL:D0ADA:${ts}`, agent: 'claude', generation: '1', id: ts });
  }
  expect((await command('stop')).text).toMatch(/^Noted/);
  expect(await entries()).toMatchObject([{ type: 'stop', session: 'T0LOCAL:D0ADA:1.0' }]);
});

test('whom nobody let in is told so, and nothing is done', async () => {
  const { command, begun } = start({ allowed: { users: ['U0BEN'] } });
  for (const text of ['status', 'fix the tests', 'stop']) {
    expect((await command(text)).text).toMatch(/^Sorry, I may not work for you yet/);
  }
  expect(begun).toEqual([]);
  const elsewhere = start({ allowed: { channels: ['C0TEAM'] } });
  expect((await elsewhere.command('status')).text).toMatch(/^Sorry, I may not work in this channel/);
  expect((await elsewhere.command('status', { channel_id: 'D0ADA' })).text).toMatch(/^Your runner sleeps/);
});

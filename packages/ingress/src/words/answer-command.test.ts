import { expect, test } from 'vitest';
import { takeSlackEnvelope, type IngressRules } from '../take-slack-envelope.ts';
import { memoryPorts } from '../testing/memory-ports.ts';
import { BOT, eventCallback, plainMessage, slashCommand } from '../testing/slack-payloads.ts';

type Response = { readonly response_type: string; readonly text: string; readonly blocks: readonly unknown[] };

function start(allowed: Partial<IngressRules['allowed']> = {}) {
  const ports = memoryPorts();
  const rules = { botUser: BOT, seenMs: 3_600_000, maxBacklog: 100, callTimeoutMs: 1_000 };
  const take = takeSlackEnvelope(ports, { ...rules, allowed: { teams: [], users: [], channels: [], ...allowed } });
  const say = (text: string, fields = {}): Promise<void> =>
    take({ type: 'events_api', body: eventCallback(plainMessage({ text, ...fields })), retry: 0 });
  /** What the acknowledgement brings along. */
  const command = async (text: string, fields = {}): Promise<Response> => {
    const responses: (object | undefined)[] = [];
    const acknowledge = async (response?: object): Promise<void> => void responses.push(response);
    await take({ type: 'slash_commands', body: slashCommand(text, fields), retry: 0, acknowledge });
    expect(responses).toHaveLength(1);
    return responses[0] as Response;
  };
  return { ...ports, say, command };
}

test.each(['help', ' HELP ', '', '!help'])('%j is answered with help, to its person alone', async (text) => {
  const { command, posts, whispers, wakes } = start();
  const response = await command(text);
  expect(response).toMatchObject({
    response_type: 'ephemeral',
    text: expect.stringMatching(/^Write what you want done/),
    blocks: [{ type: 'markdown', text: expect.stringMatching(/^Write what you want done/) }],
  });
  expect([posts, whispers, wakes]).toEqual([[], [], []]);
});

test('nobody else reads it, so its person is told all that waits, in a channel too', async () => {
  const { command, say } = start();
  await say('fix the tests');
  expect((await command('status')).text).toMatch(/has this to do:\n\n- `fix the tests`$/);
});

test('`stay` keeps the runner awake from now on', async () => {
  const { command, inbox } = start();
  expect((await command('stay 45m')).text).toContain('stays awake for 45 minutes');
  expect(await inbox.keptAwakeMs('T0LOCAL:U0ADA')).toBeGreaterThan(44 * 60_000);
  await command('stay 0m');
  expect(await inbox.keptAwakeMs('T0LOCAL:U0ADA')).toBe(0);
});

test.each(['new', 'stop', 'fix the `build`\n```\nplease <@U0BEN> <!channel>'])(
  '%j is not done, and comes back with where it is',
  async (text) => {
    const { command, inbox, wakes } = start();
    const { text: said, blocks } = await command(text);
    expect(said).toMatch(/^`\/runnel` answers `help`[^]*did nothing with this:[^]*direct message[^]*thread/);
    expect(JSON.stringify(blocks)).toContain(JSON.stringify(text.slice(0, 7)).slice(1, -1));
    expect(said).not.toContain('<!channel>');
    expect(await inbox.backlog('T0LOCAL:U0ADA')).toEqual([]);
    expect(wakes).toEqual([]);
  },
);

test('whom nobody let in is told so', async () => {
  const { command } = start({ users: ['U0BEN'] });
  expect((await command('status')).text).toMatch(/^Sorry, I may not work for you yet/);
  const elsewhere = start({ channels: ['C0TEAM'] });
  expect((await elsewhere.command('status')).text).toMatch(/^Sorry, I may not work in this channel/);
  expect((await elsewhere.command('status', { channel_id: 'D0ADA' })).text).toMatch(/^Your runner sleeps/);
});

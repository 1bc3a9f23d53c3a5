// Presses on the buttons of ours: who may, what they become, what the person hears.
import { expect, test, vi } from 'vitest';
import { takeSlackEnvelope } from './take-slack-envelope.ts';
import { memoryPorts } from './testing/memory-ports.ts';
import { appMention, blockActions, BOT, eventCallback } from './testing/slack-payloads.ts';

const ADA = 'T0LOCAL:U0ADA' as const;
/** The thread and the message that `blockActions` speaks of. */
const ROOT = '1766458026.240809';
const MESSAGE = '1766458030.632339';

async function threadOfAda() {
  const ports = memoryPorts();
  const take = takeSlackEnvelope(ports, {
    botUser: BOT,
    allowed: { teams: [], users: [], channels: [] },
    seenMs: Number.MAX_SAFE_INTEGER,
    maxBacklog: 100,
    callTimeoutMs: 1_000,
  });
  const acknowledge = vi.fn<() => Promise<void>>(async () => undefined);
  const deliver = (body: unknown): Promise<void> => take({ type: 'interactive', body, retry: 0, acknowledge });
  await deliver(eventCallback(appMention({ ts: ROOT })));
  const press = (action: string, user = 'U0ADA', value = 'x'): Promise<void> =>
    deliver(
      blockActions(action, {
        user: { id: user, team_id: 'T0LOCAL' },
        actions: [{ action_id: action, block_id: 'b1', type: 'button', value, action_ts: '1766458040.123456' }],
      }),
    );
  const payloads = async () => (await ports.inbox.backlog(ADA)).map((entry) => entry.payload);
  const heard = (text: string): Promise<void> =>
    expect.poll(() => ports.whispers.map((whisper) => whisper.text)).toContain(text);
  return { ...ports, press, payloads, heard, acknowledge };
}

/** A runner of hers takes what waits and fails, `times` in a row. */
async function fail({ inbox }: Awaited<ReturnType<typeof threadOfAda>>): Promise<void> {
  const { generation } = await inbox.lease(ADA);
  await inbox.end({ user: ADA, generation, owner: '', cause: 'pod_start_failed', counted: true });
}

test.each(['run_now', 'discard'])(
  '%s is an entry about the stop that its button stands for, and wakes',
  async (action) => {
    const thread = await threadOfAda();
    await thread.press(action);
    expect((await thread.payloads())[1]).toMatchObject({
      type: action,
      target: 'x',
      message: MESSAGE,
      author: 'U0ADA',
    });
    expect(thread.wakes).toHaveLength(2);
    await vi.waitFor(() =>
      expect(thread.whispers).toMatchObject([{ user: 'U0ADA', text: expect.stringMatching(/^Noted/) }]),
    );
  },
);

test.each([
  ['allow', 'q1', { target: 'q1', chosen: 'allow' }],
  ['always', 'q1', { target: 'q1', chosen: 'always' }],
  ['deny', 'q1', { target: 'q1', chosen: 'deny' }],
  ['choose.3', 'q1 3', { target: 'q1', chosen: 3 }],
  ['answer', 'main & more', { target: 'b1', chosen: { text: 'main & more' } }],
])('%s is a decision about what its card asks, and wakes', async (action, value, decision) => {
  const thread = await threadOfAda();
  await thread.press(action, 'U0ADA', value);
  expect((await thread.payloads())[1]).toMatchObject({
    type: 'decision',
    author: 'U0ADA',
    message: MESSAGE,
    ...decision,
  });
  expect(thread.wakes).toHaveLength(2);
  await thread.heard('Noted. Your runner is on its way; it goes on with your answer.');
});

test('a choice that does not say which one is passed over', async () => {
  const thread = await threadOfAda();
  for (const value of ['q1', 'q1 x', 'q1 1 2', '']) await thread.press('choose.0', 'U0ADA', value);
  expect(await thread.payloads()).toHaveLength(1);
});

test.each(['run_now', 'discard', 'retry', 'allow', 'choose.0', 'answer'])(
  '%s by another person does nothing and says who can choose',
  async (action) => {
    const thread = await threadOfAda();
    await fail(thread);
    await thread.press(action, 'U0BEN');
    expect(await thread.payloads()).toHaveLength(1);
    expect((await thread.inbox.lease(ADA)).failures).toBe(1);
    await thread.heard('Only <@U0ADA>, whose thread this is, can choose here.');
    expect(thread.acknowledge).toHaveBeenCalledTimes(2);
  },
);

test('retry forgets the failures, asks for a launch now, and the message shows who chose', async () => {
  const thread = await threadOfAda();
  await fail(thread);
  await thread.press('retry');
  const lease = await thread.inbox.lease(ADA);
  expect(lease).toMatchObject({ state: 'launching', failures: 0, notBefore: 0 });
  expect(thread.wakes.at(-1)).toEqual({ user: ADA, generation: lease.generation });
  expect(await thread.payloads(), 'nothing is appended').toHaveLength(1);
  await thread.heard('Trying again: your runner is starting.');
  await expect.poll(() => thread.conclusions).toEqual([`${MESSAGE} <@U0ADA> chose *Retry*.`]);
});

test('an old retry says that all is well and starts nothing', async () => {
  const thread = await threadOfAda();
  const { generation } = await thread.inbox.lease(ADA);
  const holder = { user: ADA, generation, owner: 'pod' };
  await thread.inbox.acquire(holder);
  await thread.press('retry');
  await thread.heard('All is well: nothing of yours waits for a runner to start.');
  await thread.inbox.acknowledge(holder, await thread.inbox.backlog(ADA));
  await thread.inbox.release(holder, 'idle');
  await thread.press('retry');
  expect(thread.wakes).toHaveLength(1);
  expect(thread.conclusions).toEqual([]);
});

test('a retry that Redis does not hear is not acknowledged', async () => {
  const thread = await threadOfAda();
  thread.inbox.reopen = () => Promise.reject(new Error('Redis is away'));
  await expect(thread.press('retry')).rejects.toThrow('Redis is away');
  expect(thread.acknowledge).toHaveBeenCalledTimes(1);
});

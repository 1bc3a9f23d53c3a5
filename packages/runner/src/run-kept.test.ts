// What was kept for want of a credential begins by itself: a launcher that has one appends an entry that says so.
import { expect, test } from 'vitest';
import type { TurnRequest } from './agent/agent-provider.ts';
import { agentRegistry } from './agent/agent-registry.ts';
import { scriptedProvider } from './agent/scripted-provider.ts';
import { spoken } from './progress/spoken-words.ts';
import { gate } from './testing/gate.ts';
import { echo, emptied, runnerWorld, until, type RunnerWorld } from './testing/runner-world.ts';

const NO_KEY = 'It has no key.';
const keyless = scriptedProvider([{ fail: NO_KEY, reason: 'credential' }]);

/** A runner without a key, to its end: its successor may have one. */
async function liveWithoutKey(world: RunnerWorld): Promise<void> {
  const life = await world.start(keyless);
  expect(await life.end).toBe(0);
  expect(await world.delivery.backlog(world.user)).toEqual([]);
}

/** These were said to a runner without a key. */
async function keptWorld(...texts: readonly string[]): Promise<{ world: RunnerWorld; before: number }> {
  const world = await runnerWorld();
  for (const text of texts) await world.say(text);
  await liveWithoutKey(world);
  return { world, before: said(world).length };
}

/** But that it sleeps. */
const said = (world: RunnerWorld): string[] => world.read().filter((text) => text !== spoken.asleep);
const heldNow = async (world: RunnerWorld): Promise<string[] | undefined> =>
  (await world.manifest())?.sessions[world.thread('1')]?.held?.prompts.map((prompt) => prompt.text);
const notes = async (world: RunnerWorld): Promise<string[]> =>
  (await world.kept.all()).map(({ session, agent, generation }) => `${session} ${agent} ${generation}`);

test('a thread in which something is kept is noted, each time anew, before that is done with', async () => {
  const world = await runnerWorld();
  await world.say('one');
  const [reached, held] = [gate(), gate()];
  const note: typeof world.kept.note = async (one) => {
    reached.open();
    await held.passed;
    return world.kept.note(one);
  };
  const life = await world.start(keyless, { kept: { ...world.kept, note } });
  await reached.passed;
  expect(await world.delivery.backlog(world.user)).toHaveLength(1);
  expect(await heldNow(world)).toBeUndefined();
  held.open();
  await life.end;
  expect(await notes(world)).toEqual([`${world.thread('1')} scripted ${life.lease.holder.generation}`]);
  const [first] = await world.kept.all();
  await world.runKept();
  await liveWithoutKey(world);
  const [second, ...more] = await world.kept.all();
  expect([second?.session, more]).toEqual([first?.session, []]);
  expect(second?.id).not.toBe(first?.id);
});

test('where that cannot be noted, the message is kept all the same', async () => {
  const world = await runnerWorld();
  await world.say('one');
  const note = async (): Promise<void> => {
    throw new Error('Redis is full');
  };
  const life = await world.start(keyless, { kept: { ...world.kept, note } });
  expect(await life.end).toBe(0);
  expect(await heldNow(world)).toEqual(['one']);
});

test('it runs by itself, each message once, in order', async () => {
  const { world, before } = await keptWorld('one', 'two');
  await world.runKept();
  await world.runKept();
  await world.start(echo);
  await emptied(world);
  expect(said(world).slice(before)).toEqual(['one', 'two']);
  expect(await heldNow(world)).toBeUndefined();
});

test('refused again, all are held anew with one answer, whose button works', async () => {
  const { world, before } = await keptWorld('one', 'two');
  await world.runKept();
  await liveWithoutKey(world);
  expect(said(world).slice(before)).toEqual([expect.stringMatching(/^It has no key[^]*in this order:\n- one\n- two$/)]);
  expect(await heldNow(world)).toEqual(['one', 'two']);
  await world.press('run_now');
  await world.start(echo);
  await emptied(world);
  expect(said(world).slice(before + 1)).toEqual(['one', 'two']);
});

test('a message before it that is refused speaks for it too: that was tried just now', async () => {
  const { world, before } = await keptWorld('one');
  await world.say('two');
  await world.runKept();
  await liveWithoutKey(world);
  expect(said(world).slice(before)).toEqual([expect.stringMatching(/^It has no key[^]*- one\n- two$/)]);
  expect(await heldNow(world)).toEqual(['one', 'two']);
});

test('a message before it brings them back in their order, one behind it comes last', async () => {
  const { world, before } = await keptWorld('one');
  await world.say('two');
  await world.runKept();
  await world.say('three');
  await world.start(echo);
  await emptied(world);
  expect(said(world).slice(before)).toEqual(['one', 'two', 'three']);
});

test('a word about the agent before it has its turn, and then what was kept', async () => {
  const { world, before } = await keptWorld('one');
  await world.say('agent');
  await world.runKept();
  await world.start(echo);
  await emptied(world);
  expect(said(world).slice(before)).toEqual([expect.stringContaining('`scripted`'), 'one']);
});

test('what somebody deleted, ran or discarded meanwhile is left as it is, without a word; a runner that is there stays', async () => {
  const world = await runnerWorld();
  const one = await world.say('one');
  await world.say('two');
  await liveWithoutKey(world);
  const before = said(world).length;
  await world.remove(one);
  await world.press('discard');
  await world.runKept();
  await world.start(echo);
  await emptied(world);
  await world.runKept();
  await emptied(world);
  expect(said(world).slice(before)).toEqual(['Discarded by <@U1>:\n- two']);
  await world.say('three');
  await emptied(world);
  expect(said(world).at(-1)).toBe('three');
});

test('what was stopped waits for a choice, also where nothing was about to run', async () => {
  const { world, before } = await keptWorld('one');
  await world.stop();
  await world.runKept();
  await world.start(echo);
  await emptied(world);
  expect(said(world).slice(before)).toEqual(['Stopped by <@U1>.\n\nThis message waits for your choice:\n- one']);
  await world.press('run_now');
  await emptied(world);
  expect(said(world).at(-1)).toBe('one');
});

test('a stop behind it takes back what it would have run', async () => {
  const { world, before } = await keptWorld('one', 'two');
  await world.runKept();
  await world.stop();
  await world.start(echo);
  await emptied(world);
  expect(said(world).slice(before)).toEqual([expect.stringMatching(/^Stopped[^]*- one\n- two$/)]);
  expect(await heldNow(world)).toEqual(['one', 'two']);
});

test('Run now beside it runs them once', async () => {
  const { world, before } = await keptWorld('one');
  await world.runKept();
  await world.press('run_now');
  await world.start(echo);
  await emptied(world);
  expect(said(world).slice(before)).toEqual(['one']);
});

test('a runner that was there before it leaves it to its successor, and ends when nothing is under way any more', async () => {
  const { world, before } = await keptWorld('one');
  const [began, wait] = [gate(), gate()];
  await world.say('long', '2');
  const life = await world.start(
    scriptedProvider(({ text }) =>
      text === 'long'
        ? [{ wait: (began.open(), wait.passed) }, { say: 'done' }]
        : [{ fail: NO_KEY, reason: 'credential' }],
    ),
  );
  await began.passed;
  const entry = await world.runKept();
  await world.say('still here', '3');
  await until(() => expect(world.read('3')).toHaveLength(1));
  wait.open();
  expect(await life.end).toBe(0);
  expect((await world.delivery.backlog(world.user)).map(({ identity }) => identity)).toEqual([entry]);
  expect(said(world).slice(before)).toEqual([]);
  await world.start(echo);
  await emptied(world);
  expect(said(world).slice(before)).toEqual(['one']);
});

test('one that comes between the note and what holds the message is left to its successor', async () => {
  const world = await runnerWorld();
  await world.say('one');
  const [reached, held] = [gate(), gate()];
  const note: typeof world.kept.note = async (one) => {
    await world.kept.note(one);
    if (one.session !== world.thread('1')) return;
    reached.open();
    await held.passed;
  };
  const life = await world.start(keyless, { kept: { ...world.kept, note } });
  await reached.passed;
  const entry = await world.runKept();
  await world.say('it was read', '2');
  await until(() => expect(world.read('2')).toHaveLength(1));
  held.open();
  expect(await life.end).toBe(0);
  expect((await world.delivery.backlog(world.user)).map(({ identity }) => identity)).toEqual([entry]);
  const before = said(world).length;
  await world.start(echo);
  await emptied(world);
  expect(said(world).slice(before)).toEqual(['one']);
});

for (const [nth, press] of [
  [1, false],
  [1, true],
  [2, false],
  [2, true],
] as const) {
  const when = `a runner that ends in turn ${nth} of what began by itself${press ? ', and then Run now' : ''}`;
  test(`${when}: the rest is answered once, in order`, async () => {
    const { world, before } = await keptWorld('one', 'two');
    await world.runKept();
    const [began, never] = [gate(), gate()];
    let turns = 0;
    const first = await world.start(
      scriptedProvider(({ text }) =>
        (turns += 1) === nth ? [{ wait: (began.open(), never.passed) }] : [{ say: text }],
      ),
    );
    await began.passed;
    first.exit();
    await world.relaunch();
    if (press) await world.press('run_now');
    await world.start(echo);
    await emptied(world);
    expect(said(world).slice(before)).toEqual(['one', 'two']);
    expect(await heldNow(world)).toBeUndefined();
  });
}

test('what runs by Run now is not chosen about again when what had begun it by itself is done with', async () => {
  const { world, before } = await keptWorld('one', 'two');
  await world.runKept();
  const [began, never, second, wait] = [gate(), gate(), gate(), gate()];
  const first = await world.start(
    scriptedProvider(({ text }) => [text === 'two' ? { wait: (began.open(), never.passed) } : { say: text }]),
  );
  await began.passed;
  first.exit();
  await world.relaunch();
  const button = world.pressable();
  await world.press('run_now', button);
  await world.start(scriptedProvider(({ text }) => [{ wait: (second.open(), wait.passed) }, { say: text }]));
  await second.passed;
  await world.press('run_now', button);
  await until(() => expect(said(world)).toContain(spoken.oldButton));
  wait.open();
  await emptied(world);
  expect(said(world).slice(before)).toEqual(['one', spoken.oldButton, 'two']);
});

test('what was said to one agent does not begin with another: it stays kept, without a word, for its person', async () => {
  const { world, before } = await keptWorld('one');
  const ran: string[] = [];
  const shell = {
    ...echo,
    name: 'shell',
    startTurn: (request: TurnRequest, signal: AbortSignal) => (ran.push(request.text), echo.startTurn(request, signal)),
  };
  await world.runKept();
  await world.start(shell, { agents: agentRegistry({ shell: () => shell, scripted: () => echo }) });
  await emptied(world);
  expect([ran, said(world).slice(before)]).toEqual([[], []]);
  expect(await heldNow(world)).toEqual(['one']);
  await world.press('run_now');
  await emptied(world);
  expect(ran).toEqual(['one']);
});

test.each([
  ['it is answered', (world: RunnerWorld) => world.press('run_now')],
  ['it is discarded', (world: RunnerWorld) => world.press('discard')],
  ['it is deleted', (world: RunnerWorld, one: string) => world.remove(one)],
  ['it is stopped', (world: RunnerWorld) => world.stop()],
])('nothing is noted any more of a thread once %s', async (_, act) => {
  const world = await runnerWorld();
  const one = await world.say('one');
  await liveWithoutKey(world);
  expect(await notes(world)).toHaveLength(1);
  await act(world, one);
  await world.start(echo);
  await emptied(world);
  expect(await notes(world)).toEqual([]);
});

test('it is noted as long as something of it waits', async () => {
  const { world } = await keptWorld('one', 'two');
  const [began, wait] = [gate(), gate()];
  await world.press('run_now');
  await world.start(scriptedProvider(({ text }) => (text === 'two' ? [{ wait: (began.open(), wait.passed) }] : [])));
  await began.passed;
  expect(await notes(world)).toHaveLength(1);
  wait.open();
  await emptied(world);
  expect(await notes(world)).toEqual([]);
});

test('where nothing can be removed it runs all the same', async () => {
  const { world, before } = await keptWorld('one');
  await world.press('run_now');
  const forget = () => Promise.reject(new Error('NOPERM'));
  await world.start(echo, { kept: { ...world.kept, forget } });
  await emptied(world);
  expect(said(world).slice(before)).toEqual(['one']);
});

test('nothing is noted any more of a thread that is let go after ninety days', async () => {
  const { world } = await keptWorld('one');
  const read = await world.store.readManifest(world.user);
  const record = read?.manifest.sessions[world.thread('1')];
  if (read === undefined || record === undefined) throw new Error('there is no manifest');
  const sessions = { [world.thread('1')]: { ...record, updatedAt: Date.now() - 91 * 86_400_000 } };
  await world.store.writeManifest(world.user, { ...read.manifest, sessions }, read.revision);
  await world.say('two', '2');
  await world.start(echo);
  await emptied(world);
  expect(await notes(world)).toEqual([]);
});

async function forgottenWorld(): Promise<RunnerWorld> {
  const { world } = await keptWorld('one');
  await world.say('forget me', '2');
  await world.start(echo, { idleTimeoutMs: 60_000 });
  await until(() => expect(world.pressable('2').buttons).toHaveLength(2));
  await world.decide('Delete everything', { in_: '2' });
  await until(async () => expect(await world.delivery.lease(world.user)).toMatchObject({ state: 'launching' }));
  expect(await notes(world)).toHaveLength(1);
  return world;
}

test('nothing is noted any more of a person who is forgotten', async () => {
  const world = await forgottenWorld();
  await world.start(echo);
  await emptied(world);
  expect(await notes(world)).toEqual([]);
});

test('a Redis that does not let notes be removed keeps nobody from being forgotten', async () => {
  const world = await forgottenWorld();
  const forget = () => Promise.reject(new Error('NOPERM'));
  await world.start(echo, { kept: { ...world.kept, forget } });
  await emptied(world);
  expect(await heldNow(world)).toBeUndefined();
});

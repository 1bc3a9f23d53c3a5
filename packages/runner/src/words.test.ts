// Words by which a person says who works for them, and what becomes of a thread whose agent changes.
import { mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { AgentProvider, TurnRequest } from './agent/agent-provider.ts';
import { agentRegistry } from './agent/agent-registry.ts';
import { checkTurns } from './agent/check-turns.ts';
import { archiveFiles } from './store/archive-files.ts';
import { gate } from './testing/gate.ts';
import { emptied, runnerWorld, until, type RunnerLife, type RunnerWorld } from './testing/runner-world.ts';

/** Two agents that say what they were told, and one that is like the shell. */
function company() {
  const requests: (Pick<TurnRequest, 'text' | 'model'> & { readonly agent: string })[] = [];
  const working = (name: string, more: Partial<AgentProvider> = {}): AgentProvider => ({
    name,
    ...more,
    async *startTurn({ text, model, directory }) {
      requests.push({ agent: name, text, model });
      await mkdir(directory.files, { recursive: true });
      await writeFile(`${directory.files}/${name}`, text);
      yield { type: 'finished', stopReason: 'end_turn', reply: `${name} did it` };
    },
  });
  const [claude, codex] = ['claude', 'codex'].map((name) => checkTurns(working(name, { takesModel: true })));
  if (claude === undefined || codex === undefined) throw new Error('nobody is there');
  const agents = agentRegistry({
    claude: () => claude,
    codex: () => codex,
    shell: () => working('shell'),
  });
  return { requests, agents };
}

type Company = ReturnType<typeof company>;

async function start(world: RunnerWorld, { agents }: Company): Promise<RunnerLife> {
  return world.start(checkTurns({ name: 'unused', async *startTurn() {} }), { agents, archiver: archiveFiles });
}

async function sayAll(world: RunnerWorld, messages: readonly string[], in_ = '1'): Promise<void> {
  for (const message of messages) await world.say(message, in_);
  await emptied(world);
}

test('an agent that is switched in the middle of a thread has the files, and what was said as text', async () => {
  const [world, people] = [await runnerWorld(), company()];
  await world.say('write it');
  await start(world, people);
  await emptied(world);
  await sayAll(world, ['agent codex', 'now test it', 'and again', 'agent claude', 'last']);
  expect(world.read()[1]).toBe(
    'With your next message `codex` goes on in this thread. The files stay, and it is told what was said here.',
  );
  const [first, second, third, fourth] = people.requests;
  expect(first).toMatchObject({ agent: 'claude', text: 'write it' });
  expect(second?.agent).toBe('codex');
  expect(second?.text).toMatch(/Asked: write it\nclaude answered: claude did it[^]*\n\nnow test it$/);
  expect(third, 'it knows that already').toMatchObject({ agent: 'codex', text: 'and again' });
  expect(fourth?.text).toMatch(/Asked: now test it\ncodex answered[^]*Asked: and again[^]*\n\nlast$/);
  expect(fourth?.text, 'what it did itself it knows').not.toContain('write it');
  expect(world.read()[2]).toBe('_`codex` goes on in this thread; it was told what was said before._\n\ncodex did it');
  expect(world.read()[3]).toBe('codex did it');
});

test('a choice and the conversation outlive their runner', async () => {
  const [world, people] = [await runnerWorld(), company()];
  await world.say('one');
  const life = await start(world, people);
  await emptied(world);
  await sayAll(world, ['agent codex']);
  life.drain();
  await life.end;
  await world.say('two');
  await start(world, people);
  await emptied(world);
  expect(people.requests.at(-1)?.agent).toBe('codex');
  expect(people.requests.at(-1)?.text).toMatch(/Asked: one\nclaude answered: claude did it[^]*\n\ntwo$/);
});

test('the shell is told nothing but its command', async () => {
  const [world, people] = [await runnerWorld(), company()];
  await world.say('one');
  await start(world, people);
  await emptied(world);
  await sayAll(world, ['!agent shell', 'ls']);
  expect(people.requests.at(-1)).toMatchObject({ agent: 'shell', text: 'ls' });
  expect(world.read().slice(-2)).toEqual([
    'With your next message `shell` goes on in this thread. The files stay.',
    '_`shell` goes on in this thread._\n\nshell did it',
  ]);
});

test('said before anything was done it is for all that the person begins from then on, and for no thread of before', async () => {
  const [world, people] = [await runnerWorld(), company()];
  await world.say('one', '1');
  await start(world, people);
  await emptied(world);
  await sayAll(world, ['agent codex'], '2');
  await sayAll(world, ['model gpt-6', 'three'], '3');
  await sayAll(world, ['again'], '1');
  await sayAll(world, ['four'], '4');
  expect(world.read('2')).toEqual(['`codex` works in this thread, and in those that you begin from now on.']);
  expect(world.read('3')[0]).toMatch(/^With your next message `codex` asks `gpt-6`, in this thread, and in those/);
  expect(people.requests.slice(1).map(({ agent, model }) => [agent, model])).toEqual([
    ['codex', 'gpt-6'],
    ['claude', undefined],
    ['codex', 'gpt-6'],
  ]);
});

test('what there is, is said, and what there is not', async () => {
  const [world, people] = [await runnerWorld(), company()];
  await world.say('agent');
  await start(world, people);
  await sayAll(world, ['agent gemini', 'model', 'model -x', 'agent codex', 'agent', 'agent default', 'agent']);
  expect(world.read()).toEqual([
    '`claude` works in this thread. There is: `claude`, `codex`, `shell`. `agent codex` changes it.',
    'There is no agent called `gemini` here. There is: `claude`, `codex`, `shell`.',
    '`claude` has the model that it has by itself in this thread. `model NAME` changes it, `model default` takes that back.',
    '`-x` is no name of a model. For example `model claude-sonnet-4-5`.',
    '`codex` works in this thread, and in those that you begin from now on.',
    '`codex` works in this thread, as you chose. There is: `claude`, `codex`, `shell`. `agent claude` changes it.',
    '`claude` works in this thread, and in those that you begin from now on.',
    '`claude` works in this thread. There is: `claude`, `codex`, `shell`. `agent codex` changes it.',
  ]);
  expect(people.requests).toEqual([]);
});

test('a model belongs to its agent; the shell has none', async () => {
  const [world, people] = [await runnerWorld(), company()];
  await world.say('one');
  await start(world, people);
  await emptied(world);
  await sayAll(world, ['model opus', 'two', 'agent codex', 'three', 'agent claude', 'four', 'model default', 'five']);
  await sayAll(world, ['agent shell', 'model opus']);
  expect(people.requests.map(({ model }) => model)).toEqual([undefined, 'opus', undefined, 'opus', undefined]);
  expect(world.read().at(-1)).toBe('`shell` has no model to choose.');
});

test('an agent that the fleet has no more is nobody’s choice', async () => {
  const [world, people] = [await runnerWorld(), company()];
  await world.say('agent codex');
  const life = await start(world, people);
  await emptied(world);
  life.drain();
  await life.end;
  await world.say('one');
  const shellAlone = { ...people, agents: agentRegistry({ shell: () => people.agents.open('shell') }) };
  await start(world, shellAlone);
  await emptied(world);
  expect(people.requests).toMatchObject([{ agent: 'shell', text: 'one' }]);
});

test('a word has its turn behind what runs, with a mark in front too, and is taken back with its message', async () => {
  const [world, going] = [await runnerWorld(), gate()];
  const heard: string[] = [];
  let isRunning = false;
  const slow: AgentProvider = {
    name: 'slow',
    steer: (_, text) => Promise.resolve(heard.push(text) > 0),
    async *startTurn() {
      isRunning = true;
      await going.passed;
      yield { type: 'finished', stopReason: 'end_turn', reply: 'done' };
    },
  };
  await world.say('one');
  await world.start(slow);
  await until(() => expect(isRunning).toBe(true));
  await world.say('!agent');
  const withdrawn = await world.say('agent slow');
  await world.remove(withdrawn);
  await until(async () => expect(await world.delivery.backlog(world.user)).toHaveLength(2));
  going.open();
  await emptied(world);
  expect(heard).toEqual([]);
  expect(world.read()).toEqual(['done', '`slow` works in this thread. There is no other one here.']);
});

test('an agent whose first turn failed is told in the next one', async () => {
  const [world, people] = [await runnerWorld(), company()];
  const heard: string[] = [];
  const codex = checkTurns({
    name: 'codex',
    async *startTurn({ text }) {
      heard.push(text);
      const isFirst = heard.length === 1;
      yield { type: 'finished', stopReason: isFirst ? 'failed' : 'end_turn', reply: isFirst ? 'not there' : 'here' };
    },
  });
  const agents = agentRegistry({ claude: () => people.agents.open('claude'), codex: () => codex });
  await world.say('write it');
  await start(world, { ...people, agents });
  await emptied(world);
  await sayAll(world, ['agent codex', 'go on', 'again']);
  expect(world.read().slice(2)).toEqual([
    'not there',
    '_`codex` goes on in this thread; it was told what was said before._\n\nhere',
  ]);
  expect(heard[1]).toMatch(/Asked: write it\nclaude answered: claude did it[^]*\n\nagain$/);
});

test('what was said cannot be kept: the answer is given all the same', async () => {
  const world = await runnerWorld();
  await world.say('one');
  await world.start({
    name: 'wide',
    async *startTurn({ directory }) {
      await mkdir(`${directory.state}/conversation.jsonl`, { recursive: true });
      yield { type: 'finished', stopReason: 'end_turn', reply: 'the answer' };
    },
  });
  await emptied(world);
  expect(world.read()).toEqual(['the answer']);
});

test('`new` has agents forget what they hold beside the state', async () => {
  const world = await runnerWorld();
  const forgotten: string[] = [];
  await world.say('one');
  await world.start({
    name: 'holding',
    forget: (session) => Promise.resolve(void forgotten.push(session)),
    async *startTurn() {
      yield { type: 'finished', stopReason: 'end_turn', reply: 'held' };
    },
  });
  await emptied(world);
  await sayAll(world, ['new']);
  expect(forgotten).toEqual([world.thread('1')]);
});

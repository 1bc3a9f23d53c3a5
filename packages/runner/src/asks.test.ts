// What an agent asks in the middle of a turn: who decides, once, while it waits and after it was parked.
import { RunnelError } from '@runnel/shared';
import { expect, test } from 'vitest';
import type { Ask, TurnRequest } from './agent/agent-provider.ts';
import { scriptedProvider, type ScriptedStep } from './agent/scripted-provider.ts';
import { askWords } from './progress/ask-words.ts';
import { spoken } from './progress/spoken-words.ts';
import { manifestSchema, type Asked } from './store/session-store.ts';
import { gate } from './testing/gate.ts';
import { emptied, readerOf, runnerWorld, until, type Pressable, type RunnerWorld } from './testing/runner-world.ts';

const permission: Ask = { kind: 'permission', title: 'rm -rf build', detail: 'in /work', does: 'rm' };
const choice: Ask = { kind: 'question', text: 'Which one?', choices: ['red', 'blue'] };
const question: Ask = { kind: 'question', text: 'Which branch?', choices: [] };

/** `go` asks; whatever else is said is said back. */
const asking = (ask: Ask, more: ScriptedStep[] = []) =>
  scriptedProvider(({ text }) => (text === 'go' ? [{ ask }, ...more] : [{ say: text }]));

const asked = async (world: RunnerWorld): Promise<Asked[]> =>
  (await world.manifest())?.sessions[world.thread('1')]?.asked ?? [];
const finals = (world: RunnerWorld): string[] =>
  world.replies.posts().flatMap(({ reply }) => (reply.kind === 'final' ? [reply.text] : []));
const cards = (world: RunnerWorld): string[] =>
  world.replies.posts().flatMap(({ reply }) => (reply.deliveryId.startsWith('ask:') ? [reply.text] : []));
const waits = (world: RunnerWorld): Promise<unknown> =>
  until(() => expect(world.status.of({ channel: 'D0', threadTs: '1.0' }).line).toBe('waits for your answer'));

/** `go` was asked about and the pod sleeps. */
async function parked(ask: Ask, changes = {}): Promise<{ world: RunnerWorld; identity: string; card: Pressable }> {
  const world = await runnerWorld();
  const identity = await world.say('go', '1', { early: true });
  const life = await world.start(asking(ask), { idleTimeoutMs: 50, ...changes });
  expect(await life.end).toBe(0);
  expect(await world.delivery.backlog(world.user)).toEqual([]);
  expect(finals(world)).toEqual([]);
  return { world, identity, card: world.pressable() };
}

test.each([
  ['allow', 'allowed', 'Allow once'],
  ['always', 'always allowed', 'Always for this session'],
  ['deny', 'denied', 'Deny'],
])('%s goes to the agent that waits, and the card says who chose it', async (action, said, label) => {
  const world = await runnerWorld();
  await world.say('go');
  await world.start(asking(permission));
  await waits(world);
  expect(world.pressable().buttons.map((button) => button.action)).toEqual(['allow', 'always', 'deny']);
  const time = '_Without an answer within 10 min it counts as Deny, and I do not go on._';
  expect(cards(world)).toEqual([`<@U1> May I do this? \`rm -rf build\`\n\`\`\`\nin /work\n\`\`\`\n\n${time}`]);
  await world.decide(action);
  await emptied(world);
  expect(finals(world)).toEqual([said]);
  expect(cards(world)).toEqual([expect.stringMatching(new RegExp(`<@U1> chose \\*${label}\\*\\.$`))]);
  expect(await asked(world), 'nothing is asked any more').toEqual([]);
});

test('a choice among several is heard as its whole text, however little of it a card shows', async () => {
  const world = await runnerWorld();
  const long = 'x'.repeat(5_000);
  await world.say('go');
  await world.start(asking({ ...choice, choices: ['red', long] }));
  await waits(world);
  expect(cards(world)[0]).toMatch(/_Without an answer within 10 min I do not go on\._$/);
  await world.decide(world.pressable().buttons[1]?.label ?? '');
  await emptied(world);
  expect(finals(world)).toEqual([long]);
  expect(cards(world)[0]?.length).toBeLessThan(1_000);
});

test('the next message answers a question without choices; one that was written before it does not', async () => {
  const world = await runnerWorld();
  await world.say('go', '1', { early: true });
  await world.start(asking(question));
  await waits(world);
  await world.say('behind', '1', { early: true });
  await until(() => expect(world.status.marked('queued')).toHaveLength(1));
  await world.say('main');
  await emptied(world);
  expect(finals(world)).toEqual(['main', 'behind']);
  const card = /^<@U1> Which branch\?[^]* Without one within 10 min I do not go on\._[^]*<@U1> answered: main$/;
  expect(cards(world)).toEqual([expect.stringMatching(card)]);
});

const tooMany: Ask = { ...choice, choices: Array.from({ length: 51 }, (_, n) => `choice ${n}`) };

test.each([question, tooMany])('what is written on the card is the answer, word for word', async (ask) => {
  const world = await runnerWorld();
  await world.say('go');
  await world.start(asking(ask));
  await waits(world);
  expect(world.pressable().buttons.map(({ action, label }) => label ?? action)).toEqual(['answer', 'Skip']);
  await world.decide('answer', { text: 'a &lt; b' });
  await emptied(world);
  expect(finals(world)).toEqual(['a &lt; b']);
  expect(cards(world)).toEqual([expect.stringMatching(/below, or your next message[^]*<@U1> answered: a &lt; b$/)]);
});

test('so it does where the question was parked, and once it is answered it is too late', async () => {
  const { world, card } = await parked(question);
  await world.decide('answer', { text: 'main', under: card });
  await world.start(asking(question));
  await emptied(world);
  expect(finals(world)).toEqual([expect.stringContaining('My answer: main')]);
  await world.decide('answer', { text: 'next', under: card });
  await emptied(world);
  expect(finals(world)).toHaveLength(1);
  expect(world.read('1').at(-1)).toMatch(/not open any more/);
});

test.each([question, permission])('whoever is faster than the answer to the post of the card is heard', async (ask) => {
  const world = await runnerWorld();
  const answered = gate();
  const identity = await world.say('go');
  await world.start(asking(ask), {
    replies: {
      ...world.replies,
      async post(reply, options) {
        const ts = await world.replies.post(reply, options);
        if (reply.deliveryId.startsWith('ask:')) await answered.passed;
        return ts;
      },
    },
  });
  await until(() => expect(cards(world)).toHaveLength(1));
  await (ask === question ? world.say('main') : world.decide('allow'));
  // In hand once a stop elsewhere, which comes after it, is answered.
  await world.stop('2');
  await until(() => expect(world.read('2')).toHaveLength(1));
  answered.open();
  await emptied(world);
  expect(finals(world)).toEqual([ask === question ? 'main' : 'allowed']);
  expect(cards(world)[0]).toMatch(/<@U1> (answered: main|chose \*Allow once\*\.)$/);
  await until(() => expect(world.status.marked('queued')).toEqual([]));
  const covered = (await world.manifest())?.sessions[world.thread('1')]?.covered ?? [];
  expect(covered.map(({ deliveryId }) => deliveryId)).toEqual([`reply:${identity}`, `reply:${identity}`]);
});

test('two questions of one turn are asked one after the other, each once', async () => {
  const world = await runnerWorld();
  await world.say('go');
  await world.start({
    name: 'both',
    async *startTurn({ ask }: TurnRequest) {
      const decisions = await Promise.all([ask(permission), ask(choice)]);
      yield { type: 'finished', stopReason: 'end_turn', reply: JSON.stringify(decisions) };
    },
  });
  await waits(world);
  expect(cards(world)).toHaveLength(1);
  await world.decide('allow');
  await until(() => expect(cards(world)).toHaveLength(2));
  await waits(world);
  await world.decide('blue');
  await emptied(world);
  expect(finals(world)).toEqual(['[{"kind":"allow","always":false},{"kind":"answer","text":"blue"}]']);
});

test('a card whose post got no answer stands once', async () => {
  const world = await runnerWorld();
  await world.say('go');
  world.replies.failNext({ kind: 'gives-up', said: true });
  await world.start(asking(permission));
  await waits(world);
  expect(cards(world)).toHaveLength(1);
  await world.decide('allow');
  await emptied(world);
});

test('a second press does nothing but say so', async () => {
  const world = await runnerWorld();
  const more = gate();
  await world.say('go');
  await world.start(asking(permission, [{ wait: more.passed }]));
  await waits(world);
  const card = world.pressable();
  await world.decide('allow', { under: card });
  await world.decide('deny', { under: card });
  await until(() => expect(world.read()).toContain(spoken.oldQuestion));
  more.open();
  await emptied(world);
  expect(finals(world)).toEqual(['allowed']);
  expect(cards(world)[0]).toMatch(/chose \*Allow once\*\.$/);
});

test('waiting is idle: what is asked is parked, the pod sleeps, and the decision goes on with the turn', async () => {
  const { world, identity, card } = await parked(permission);
  expect(await asked(world)).toMatchObject([{ isParked: true, message: card.ts, prompt: { identity, text: 'go' } }]);
  await world.decide('allow', { under: card });
  const texts: string[] = [];
  await world.start(
    scriptedProvider(({ text }) => {
      texts.push(text);
      return [{ ask: permission }, { say: ', and done' }];
    }),
  );
  await emptied(world);
  expect(texts[0]).toMatch(
    /^You asked me for permission: rm -rf build\nin \/work\nMy decision: allowed, this once\.\n/,
  );
  expect(texts[0]).toMatch(/\n\ngo$/);
  expect(finals(world), 'the very same question is decided already').toEqual(['allowed, and done']);
  expect(world.replies.posts().find(({ reply }) => reply.kind === 'final')?.reply.deliveryId).toBe(`reply:${identity}`);
  expect(await asked(world)).toEqual([]);
});

test('what was allowed while it was parked is known again in other words; what does something else is asked about', async () => {
  const { world, card } = await parked(permission);
  await world.decide('allow', { under: card });
  const reworded: Ask = { ...permission, title: 'clean up', detail: 'because it is old' };
  await world.start(scriptedProvider([{ ask: { ...permission, does: 'rm of more' } }, { ask: reworded }]));
  await until(() => expect(cards(world)).toHaveLength(2));
  await waits(world);
  await world.decide('deny');
  await emptied(world);
  expect(finals(world)).toEqual(['deniedallowed']);
  expect(cards(world)).toHaveLength(2);
});

test('what an earlier version of Runnel had asked is asked again: it did not keep what it was', async () => {
  const { world, card } = await parked(permission);
  const { manifest, revision } = (await world.store.readManifest(world.user)) ?? {};
  const earlier = JSON.stringify(manifest).replaceAll(/,"does":"[^"]*"/g, '');
  await world.store.writeManifest(world.user, manifestSchema.parse(JSON.parse(earlier)), revision ?? '');
  await world.decide('allow', { under: card });
  await world.start(scriptedProvider([{ ask: permission }]));
  await until(() => expect(cards(world)).toHaveLength(2));
  await waits(world);
  await world.decide('deny');
  await emptied(world);
  expect(finals(world)).toEqual(['denied']);
});

test('the time of waiting counts: once it is parked the pod does not wait again before it sleeps', async () => {
  const world = await runnerWorld();
  const at = { parked: 0, released: 0 };
  await world.say('go');
  const life = await world.start(asking(permission), {
    idleTimeoutMs: 4_000,
    store: {
      ...world.store,
      writeManifest(user, manifest, over) {
        if (manifest.sessions[world.thread('1')]?.asked?.[0]?.isParked === true) at.parked ||= performance.now();
        return world.store.writeManifest(user, manifest, over);
      },
    },
    delivery: {
      ...readerOf(world.delivery),
      release(...args) {
        at.released ||= performance.now();
        return world.delivery.release(...args);
      },
    },
  });
  expect(await life.end).toBe(0);
  expect(at.parked).toBeGreaterThan(0);
  expect(at.released - at.parked).toBeLessThan(3_000);
});

test('a parked question is answered by the next message, and by that alone', async () => {
  const { world } = await parked(question);
  await world.say('main');
  await world.say('more');
  await world.start(asking(question));
  await emptied(world);
  expect(finals(world)).toEqual([
    'You asked me: Which branch?\nMy answer: main\n\nGo on with what I had asked you for:\n\ngo',
    'more',
  ]);
  expect(cards(world)[0]).toMatch(/<@U1> answered: main$/);
});

test('of two presses on a parked card the first one counts, whenever its runner ends', async () => {
  const { world, card } = await parked(permission);
  await world.decide('deny', { under: card });
  await world.decide('allow', { under: card });
  const began = gate();
  const first = await world.start(scriptedProvider(() => [{ wait: (began.open(), new Promise(() => undefined)) }]));
  await began.passed;
  first.exit();
  await world.relaunch();
  await world.start(asking(permission));
  await emptied(world);
  expect(finals(world)).toEqual([expect.stringContaining('My decision: no.')]);
  expect(world.read().filter((text) => text === spoken.oldQuestion)).toHaveLength(1);
});

test('what waits behind a parked turn takes its own, and both are answered', async () => {
  const world = await runnerWorld();
  await world.say('go');
  const life = await world.start(asking(permission), { idleTimeoutMs: 300 });
  await waits(world);
  await world.say('behind');
  await until(() => expect(finals(world)).toEqual(['behind']));
  expect(await life.end).toBe(0);
  await world.decide('allow');
  await world.start(asking(permission));
  await emptied(world);
  expect(finals(world)).toEqual(['behind', expect.stringContaining('allowed, this once')]);
});

test('a pod that is asked to go parks what is open', async () => {
  const world = await runnerWorld();
  await world.say('go');
  const life = await world.start(asking(permission));
  await waits(world);
  life.drain();
  expect(await life.end).toBe(0);
  expect(await world.delivery.backlog(world.user)).toEqual([]);
  expect(await asked(world)).toMatchObject([{ isParked: true }]);
});

test('after a runner that died the question is asked again, the old card is over, and a press on it says so', async () => {
  const world = await runnerWorld();
  await world.say('go');
  const first = await world.start(asking(permission));
  await waits(world);
  const old = world.pressable();
  first.exit();
  await first.end;
  await world.relaunch();
  await world.start(asking(permission));
  await until(() => expect(cards(world)).toHaveLength(2));
  await waits(world);
  expect(cards(world)[0]).toMatch(new RegExp(`${askWords.outOfDate}$`));
  await world.decide('allow', { under: old });
  await until(() => expect(world.read()).toContain(spoken.oldQuestion));
  await world.decide('allow');
  await emptied(world);
  expect(finals(world)).toEqual(['allowed']);
});

test('a stop while it waits ends the turn, and one that comes after it was parked does too', async () => {
  const world = await runnerWorld();
  await world.say('go');
  const life = await world.start(asking(permission), { idleTimeoutMs: 1_500 });
  await waits(world);
  await world.stop();
  await emptied(world);
  await world.say('go');
  expect(await life.end).toBe(0);
  await world.stop();
  await world.start(asking(permission));
  await emptied(world);
  expect(finals(world)).toEqual(['Stopped by <@U1>.', 'Stopped by <@U1>.']);
  expect(cards(world).map((text) => text.endsWith(askWords.outOfDate))).toEqual([true, true]);
  expect(await asked(world)).toEqual([]);
});

test('a stop before the turn of a decision takes back that too', async () => {
  const { world, card } = await parked(permission);
  await world.decide('allow', { under: card });
  await world.stop();
  await world.start(asking(permission));
  await emptied(world);
  expect(finals(world)).toEqual(['Stopped by <@U1>.']);
  expect(await asked(world)).toEqual([]);
});

test('deleting the message takes back what it was asked, an edit is told that it is too late', async () => {
  const { world, identity } = await parked(permission);
  await world.edit(identity, 'go elsewhere');
  await world.start(asking(permission));
  await emptied(world);
  expect(world.read()).toContain(spoken.editWhileRunning);
  await world.remove(identity);
  await emptied(world);
  expect(await asked(world)).toEqual([]);
  expect(cards(world)[0]).toMatch(new RegExp(`${askWords.outOfDate}$`));
  expect(finals(world)).toEqual([]);
});

test('after its time-out it counts as denied: whatever comes next has the answer say so, once', async () => {
  const { world, identity, card } = await parked(permission, { permissionTimeoutMs: 100 });
  await world.decide('allow', { under: card, at: Date.now() + 1_000 });
  await world.start(asking(permission), { permissionTimeoutMs: 100 });
  await emptied(world);
  expect(finals(world)).toEqual([expect.stringMatching(/^<@U1> Nobody answered `rm -rf build` in time/)]);
  expect(world.replies.posts().find(({ reply }) => reply.kind === 'final')?.reply.deliveryId).toBe(`reply:${identity}`);
  expect(cards(world)[0]).toContain(askWords.expired);
  expect(await asked(world)).toEqual([]);
});

test('a runner that dies once it has said so: it is said once', async () => {
  const { world, card } = await parked(permission, { permissionTimeoutMs: 100 });
  await world.decide('allow', { under: card, at: Date.now() + 1_000 });
  const dying = await world.start(asking(permission), {
    permissionTimeoutMs: 100,
    replies: {
      ...world.replies,
      async post(reply, options) {
        const ts = await world.replies.post(reply, options);
        dying.exit();
        return ts;
      },
    },
  });
  await dying.end;
  await world.relaunch();
  await world.start(asking(permission), { permissionTimeoutMs: 100 });
  await emptied(world);
  expect(finals(world)).toEqual([expect.stringContaining('Nobody answered')]);
});

test('an expired question does not keep the next message', async () => {
  const { world } = await parked(question, { permissionTimeoutMs: 60 });
  await world.say('hello');
  await until(async () => expect(Date.now() - ((await asked(world))[0]?.at ?? 0)).toBeGreaterThan(60));
  await world.start(asking(permission), { permissionTimeoutMs: 60 });
  await emptied(world);
  expect(finals(world)).toEqual([expect.stringContaining('Nobody answered'), 'hello']);
});

test('what Slack will not take fails the asking, not the runner', async () => {
  const world = await runnerWorld();
  await world.say('go');
  await world.start(asking(permission), {
    replies: {
      ...world.replies,
      post: (reply, options) =>
        reply.deliveryId.startsWith('ask:')
          ? Promise.reject(new RunnelError('slack_refused', 'no such card'))
          : world.replies.post(reply, options),
    },
  });
  await emptied(world);
  expect(finals(world)).toEqual(['What the agent asked could not be shown.']);
});

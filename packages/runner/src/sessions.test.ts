// `sessions`: the threads of a person, as they are told of them.
import { mkdir } from 'node:fs/promises';
import { sessionKey, type SessionKey } from '@runnel/shared';
import { expect, test } from 'vitest';
import type { AgentProvider } from './agent/agent-provider.ts';
import { archiveFiles } from './store/archive-files.ts';
import { noRevision, type SessionRecord } from './store/session-store.ts';
import { gate } from './testing/gate.ts';
import { emptied, runnerWorld, until, type RunnerWorld } from './testing/runner-world.ts';

const DAY_MS = 24 * 3_600_000;

const worker: AgentProvider = {
  name: 'worker',
  async *startTurn({ text, directory }) {
    await mkdir(directory.files, { recursive: true });
    yield { type: 'finished', stopReason: 'end_turn', reply: `${text} is done` };
  },
};

function record(days: number, more: Partial<SessionRecord> = {}): SessionRecord {
  const archive = { digest: 'a'.repeat(64), bytes: 1 };
  return { provider: 'codex', archive, covered: [], updatedAt: Date.now() - days * DAY_MS, ...more };
}

async function keep(world: RunnerWorld, sessions: Record<SessionKey, SessionRecord>): Promise<void> {
  const writer = { generation: '0', owner: '', write: 1 };
  await world.store.writeManifest(world.user, { v: 1, writer, sessions }, noRevision);
}

const channelThread = (channel: string, name: string): SessionKey =>
  sessionKey('T0', { channel, threadTs: `${name}.0` });

test('each thread by the first line of its first message, whatever came later, the latest first', async () => {
  const world = await runnerWorld();
  await world.say('sessions', '0');
  await world.start(worker, { archiver: archiveFiles });
  await emptied(world);
  await world.say('agent', '1');
  for (const message of ['fix the `build`\nplease', 'and test it', 'new', 'again']) await world.say(message, '1');
  await emptied(world);
  await world.say('write a page', '2');
  await emptied(world);
  await world.say('sessions', '0');
  await emptied(world);
  expect(world.read('0')).toEqual([
    'You have no thread yet. Write what you want done, and you have one.',
    [
      'Your threads, the latest first:\n',
      '- `write a page` · worker · just now · [open](https://slack.invalid/archives/D0/p20)',
      '- `fix the ˋbuildˋ` · worker · just now · [open](https://slack.invalid/archives/D0/p10)',
    ].join('\n'),
  ]);
});

test('a title outlives its runner, and a thread whose first turn runs has one', async () => {
  const [world, going] = [await runnerWorld(), gate()];
  await world.say('fix it', '1');
  const life = await world.start(worker, { archiver: archiveFiles });
  await emptied(world);
  life.drain();
  await life.end;
  await world.say('go on', '1');
  await world.say('slow', '2');
  let isRunning = false;
  await world.start(
    {
      name: 'worker',
      async *startTurn(request, signal) {
        isRunning ||= request.text === 'slow';
        if (request.text === 'slow') await going.passed;
        yield* worker.startTurn(request, signal);
      },
    },
    { archiver: archiveFiles },
  );
  await until(() => expect(isRunning && world.read('1').length).toBe(2));
  await world.say('sessions', '3');
  await until(() => expect(world.read('3')).toHaveLength(1));
  expect(world.read('3')[0]).toMatch(/latest first:\n\n- `slow` · worker · just now[^\n]*\n- `fix it` · worker[^\n]*$/);
  going.open();
  await emptied(world);
});

test('a thread that was begun before there were titles is not called by a later message', async () => {
  const world = await runnerWorld();
  await keep(world, { [world.thread('1700000000')]: record(2) });
  await world.say('go on', '1700000000');
  await world.start(worker, { archiver: archiveFiles });
  await emptied(world);
  await world.say('sessions', '3');
  await emptied(world);
  expect(world.read('3')[0]).toContain('\n- a thread of 2023-11-14 · worker · just now');
});

test('ten are named, with what is known of each; a link that Slack does not give is left out', async () => {
  const world = await runnerWorld();
  const work = { repository: '1', name: 'owner/app', branch: 'runnel/x', base: '', head: '', titles: [], summary: '' };
  const others = Array.from({ length: 11 }, (_, n) => [world.thread(`1${n}`), record(n + 3)] as const);
  await keep(world, {
    [world.thread('1')]: record(1, { title: 'fix it', work }),
    [world.thread('1700000000')]: record(2),
    [world.thread('4')]: record(0, { archive: undefined }),
    ...Object.fromEntries(others),
  });
  await world.say('!sessions', '9');
  const linkTo = (): Promise<string> => Promise.reject(new Error('message_not_found'));
  await world.start(worker, { replies: { ...world.replies, linkTo } });
  await emptied(world);
  const lines = world.read('9')[0]?.split('\n') ?? [];
  expect(lines.slice(2, 4)).toEqual([
    '- `fix it` · codex · `owner/app` `runnel/x` · 1 day ago',
    '- a thread of 2023-11-14 · codex · 2 days ago',
  ]);
  expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(10);
  expect(lines.at(-1)).toBe('3 older');
});

test('in a channel nobody reads what its person does elsewhere', async () => {
  const world = await runnerWorld();
  const here = channelThread('C1', '5');
  await keep(world, {
    [channelThread('C1', '4')]: record(1, { title: 'in here' }),
    [channelThread('C2', '4')]: record(1, { title: 'secret' }),
    [world.thread('1')]: record(1, { title: 'secret too' }),
  });
  const ask = (channel: string): Promise<unknown> => {
    const session = sessionKey('T0', { channel, threadTs: '5.0' });
    const payload = { v: 1, type: 'prompt', session, author: 'U1', at: 0, ts: '9.0', text: 'sessions' } as const;
    const entry = { ...payload, fileNames: [] };
    return world.delivery.enqueue({ user: world.user, identity: `T0:${channel}:9.0`, payload: entry });
  };
  await ask('C1');
  await ask('C3');
  await world.start(worker);
  await emptied(world);
  const said = (channel: string): string[] =>
    world.replies.posts().flatMap(({ reply }) => (reply.thread.channel === channel ? [reply.text] : []));
  expect(said(here.split(':')[1] ?? '')).toEqual([
    'Your threads, the latest first:\n\n- `in here` · codex · 1 day ago · [open](https://slack.invalid/archives/C1/p40)\n\n2 elsewhere',
  ]);
  expect(said('C3')).toEqual(['You have no thread in this channel.\n\n3 elsewhere']);
});

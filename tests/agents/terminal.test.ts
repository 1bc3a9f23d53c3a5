// Programs with a screen, in a real tmux. A failure is never a silent success, and what is typed is text and nothing else.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { collect, describeAgentProvider, newRequest, saidIn, type AgentEvent } from '@runnel/runner/testing';
import { findMarked } from '@runnel/shared/process';
import { expect, test } from 'vitest';
import { howMany, playedProgram, terminalOn } from './terminal-on.ts';

describeAgentProvider('terminal', () => ({
  ...terminalOn({}),
  prompts: {
    speak: 'echo one; sleep 0.5; echo two',
    workForLong: 'echo begun; sleep 600',
    leaveNote: 'touch note',
    findNote: '[ -e note ] && echo noted || echo nothing',
  },
}));

async function ask(provider: ReturnType<typeof terminalOn>['provider'], text: string): Promise<AgentEvent | undefined> {
  return (await collect(provider, await newRequest(text))).at(-1);
}

/** Begins a turn, and cancels it when it has said that it has begun. */
async function cancelBegun(
  { provider }: ReturnType<typeof terminalOn>,
  request: Awaited<ReturnType<typeof newRequest>>,
) {
  const cancel = new AbortController();
  const events: AgentEvent[] = [];
  let canceledAt = 0;
  for await (const event of provider.startTurn(request, cancel.signal)) {
    events.push(event);
    if (cancel.signal.aborted || !/^begun$/m.test(saidIn(events))) continue;
    canceledAt = performance.now();
    cancel.abort();
  }
  return { ending: events.at(-1), tookMs: performance.now() - canceledAt };
}

const asLine = (text: string) => `\`\`\`\n${JSON.stringify(text)}\n\`\`\``;

test.each([
  'Enter',
  'C-c',
  '#{pane_pid}',
  '-x',
  '#(touch x)',
  'a;',
  String.raw`\;`,
  '$HOME `id` !x ~',
  'Zoë sagt: 日本語 🎉',
  '%H:%M',
])('what looks like a key, a format or an option is text: %s', async (text) => {
  expect(await ask(playedProgram('lines').provider, text)).toMatchObject({
    stopReason: 'end_turn',
    reply: asLine(text),
  });
});

test('control characters do not reach the program, and what is left of them presses nothing', async () => {
  const text = 'a\u0003b\u0004c\u001b[201~d\u001bOP\u007fe\u0000f\u0085g\u009b2Jh';
  const ending = await ask(playedProgram('keys').provider, text);
  expect(ending).toHaveProperty('reply', asLine('abc[201~dOPefg2Jh'));
  expect(await ask(playedProgram('keys').provider, '\u0003')).toMatchObject({
    stopReason: 'failed',
    reply: expect.stringContaining('nothing in it that could be typed'),
  });
});

test('a very long text arrives whole; one that the kernel would cut is refused, and the program lives on', async () => {
  const long = 'ü'.repeat(40_000);
  expect(await ask(playedProgram('keys').provider, long)).toHaveProperty('reply', '```\n40000\n```');
  const { provider } = terminalOn({});
  const request = await newRequest('kept=yes');
  await collect(provider, request);
  const cut = await collect(provider, { ...request, text: `echo ${'a'.repeat(4_091)}` });
  expect(cut.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('up to 4095 bytes') });
  const whole = await collect(provider, { ...request, text: `echo $kept ${'a'.repeat(4_000)} | wc -c` });
  expect(whole.at(-1)).toHaveProperty('reply', '```\n4005\n```');
});

test('several lines are typed one after the other', async () => {
  const ending = await ask(playedProgram('lines').provider, 'one\n\n  two\tand\r\nthree');
  const reply = expect.stringMatching(/"one"[^]*""[^]*" {2}two\\tand"[^]*"three"\n```$/);
  expect(ending).toMatchObject({ stopReason: 'end_turn', reply });
});

test('a program that has the whole screen is shown as it is, without colours, and gets its text in brackets', async () => {
  const { provider } = playedProgram('screen', { ready: /^\[waiting\]$/ });
  const events = await collect(provider, await newRequest('one\ntwo'));
  const typed = JSON.stringify('\u001b[200~one\rtwo\u001b[201~').replaceAll('\u001b', String.raw`\u001b`);
  expect(events.at(-1)).toEqual({
    type: 'finished',
    stopReason: 'end_turn',
    reply: `\`\`\`\n   You typed ${typed}\n\`\`\``,
  });
});

test('escape codes of a program reach nobody', async () => {
  const { provider } = terminalOn({});
  const text = String.raw`printf '\033[31mred\033[0m \033]0;title\007\033]52;c;aGk=\007\302\233x\n'`;
  const events = await collect(provider, await newRequest(text));
  expect(JSON.stringify(events)).not.toMatch(/\\u00(1b|07|9b)/);
  expect(events.at(-1)).toHaveProperty('reply', expect.stringContaining('red'));
});

test('of ten megabytes the end is kept, and that is told', async () => {
  const events = await collect(terminalOn({}).provider, await newRequest('seq 1 1500000; echo last'));
  const ending = events.at(-1);
  expect(ending).toMatchObject({
    stopReason: 'end_turn',
    reply: expect.stringMatching(/^_This is the end of it[^]*last\n```$/),
  });
  expect(JSON.stringify(ending).length).toBeLessThan(120_000);
  expect(saidIn(events).length).toBeLessThan(1_000_000);
});

test('what says nothing has ended, too', async () => {
  expect(await ask(terminalOn({}).provider, ':')).toMatchObject({ stopReason: 'end_turn', reply: 'Done, no output.' });
});

test('its environment is made from nothing', async () => {
  const { provider } = terminalOn({ environment: { PS1: 'ready> ', KEY: 'k' } });
  const events = await collect(provider, await newRequest('/usr/bin/env | cut -d= -f1'));
  const ours = [
    'HOME',
    'KEY',
    'LANG',
    'PATH',
    'PS1',
    'PWD',
    'RUNNEL_POD',
    'RUNNEL_TURN',
    'XDG_CACHE_HOME',
    'npm_config_cache',
  ];
  const ofTmux = ['SHELL', 'TERM', 'TERM_PROGRAM', 'TERM_PROGRAM_VERSION', 'TMUX', 'TMUX_PANE'];
  expect(saidIn(events).trim().split('\n').toSorted()).toEqual([...ours, ...ofTmux].toSorted());
});

test('a program lives on from turn to turn; one that is started afresh says so', async () => {
  const { provider } = terminalOn({});
  const request = await newRequest('colour=teal');
  await collect(provider, request);
  const again = await collect(provider, { ...request, text: 'echo my $colour' });
  expect(again.at(-1)).toHaveProperty('reply', '```\nmy teal\n```');
  const asleep = await collect(terminalOn({}).provider, { ...request, text: 'echo my $colour.' });
  expect(asleep.at(-1)).toHaveProperty(
    'reply',
    expect.stringMatching(/^_The program has been started afresh.*_\n\n```\nmy \.\n```$/),
  );
});

test('a cancel interrupts it: the program lives on, and what it started in the turn is gone', async () => {
  const under = terminalOn({});
  const request = await newRequest('colour=teal; setsid sleep 601 & ');
  await collect(under.provider, request);
  const text = '(setsid sleep 602 &); echo begun; sleep 603';
  const { ending } = await cancelBegun(under, { ...request, text });
  expect(ending).toMatchObject({ stopReason: 'canceled', reply: expect.stringContaining('begun') });
  expect(await howMany(under.podUid, /sleep 60[23]/)).toBe(0);
  expect(await howMany(under.podUid, /sleep 601/)).toBe(1);
  const again = await collect(under.provider, { ...request, text: 'echo my $colour' });
  expect(again.at(-1)).toHaveProperty('reply', expect.stringContaining('my teal'));
});

test('one that hears no signal is ended, with its child in a session of its own, before the turn is', async () => {
  const under = playedProgram('deaf');
  const { ending, tookMs } = await cancelBegun(under, await newRequest('go'));
  expect(await findMarked('RUNNEL_POD', under.podUid)).toEqual([]);
  expect(ending).toMatchObject({ stopReason: 'canceled', reply: expect.stringContaining('begun') });
  expect(tookMs).toBeLessThan(8_000);
});

test('a word to a turn that runs is typed into it; before and behind it is not taken', async () => {
  const { provider } = terminalOn({});
  const request = await newRequest('echo begun; read -r word; echo "heard <$word>"');
  const { session } = request;
  const taken = [await provider.steer?.(session, 'too early')];
  const events: AgentEvent[] = [];
  let word: Promise<boolean> | undefined;
  for await (const event of provider.startTurn(request, new AbortController().signal)) {
    events.push(event);
    if (/^begun$/m.test(saidIn(events))) word ??= provider.steer?.(session, 'sword;fish');
  }
  taken.push(await word, await provider.steer?.(session, 'too late'));
  expect(taken).toEqual([false, true, false]);
  expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: expect.stringContaining('heard <sword;fish>') });
});

test.each([
  ['tmux is missing', { path: '/nowhere' }, 'there is no `tmux`'],
  ['the program is missing', { command: ['no-such-program', '-q'] }, '`no-such-program` cannot be started'],
  ['the program ends at once', { command: ['sh', '-c', 'echo no luck; exit 3'.replaceAll(' ', '\t')] }, 'exit code 3'],
  ['the program is never ready', { ready: /^never$/, startMs: 1_000 }, 'not ready for input within 1 s'],
])('%s: a failed turn that says so', async (_, options, words) => {
  const under = terminalOn(options);
  const ending = await ask(under.provider, 'echo hi');
  expect(ending).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining(words) });
  expect(await findMarked('RUNNEL_POD', under.podUid)).toEqual([]);
});

test('a program that ends in the middle of a turn has failed; the next message starts it', async () => {
  const { provider } = terminalOn({});
  const request = await newRequest('echo so far; exit 4');
  const events = await collect(provider, request);
  const reply = expect.stringMatching(/ended \(exit code 4\)[^]*so far/);
  expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply });
  const killed = await collect(provider, { ...request, text: 'kill -9 $$' });
  expect(killed.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('killed by signal 9') });
  const again = await collect(provider, { ...request, text: 'echo again' });
  expect(again.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: expect.stringContaining('again\n```') });
});

test('the screen can be looked at by its socket, which goes with the program', async () => {
  const { provider } = terminalOn({});
  const request = await newRequest('echo look');
  await collect(provider, request);
  const folder = () =>
    readdirSync('/tmp').find((name) => name.startsWith(`runnel-${request.session.replaceAll(':', '-')}-`));
  const socket = `/tmp/${folder()}/tmux`;
  const { stdout } = await promisify(execFile)('tmux', ['-N', '-S', socket, 'capture-pane', '-p', '-t', 'main']);
  expect(stdout).toContain('look');
  await collect(provider, { ...request, text: 'exit' });
  expect(folder()).toBeUndefined();
});

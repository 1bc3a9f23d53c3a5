import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findMarked, isAlive, identifyProcess } from '@runnel/shared/process';
import { describe, expect, test } from 'vitest';
import { collect, describeAgentProvider, newRequest, saidIn } from './agent-provider.testsuite.ts';
import type { AgentEvent, TurnRequest } from './agent-provider.ts';
import { shellProvider } from './shell-provider.ts';

const provider = shellProvider({ path: process.env['PATH'] ?? '', podUid: 'pod-of-this-test' });

describeAgentProvider('shell', () => ({
  provider,
  prompts: {
    speak: 'echo one; sleep 0.2; echo two',
    workForLong: 'echo begun; sleep 600',
    leaveNote: 'touch note',
    findNote: '[ -e note ] && echo noted || echo nothing',
  },
}));

describe('what a turn answers', () => {
  test('the output in a code fence', async () => {
    expect(await reply('echo hello')).toBe('```\nhello\n```');
  });

  test('a success without a word', async () => {
    expect(await reply('true')).toBe('Done, no output.');
  });

  test('the exit code of a failure, which is no failed turn', async () => {
    const events = await collect(provider, await newRequest('echo no; exit 3'));
    expect(events.at(-1)).toMatchObject({
      stopReason: 'end_turn',
      reply: expect.stringMatching(/^```\nno\n```\n\nexit code 3/),
    });
  });

  test('errors between the lines where they were written', async () => {
    expect(await reply('for i in 1 2 3; do echo out $i; echo err $i >&2; done')).toContain(
      'out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n',
    );
  });

  test('nothing of how it was run, with `set -x` either', async () => {
    expect(await reply('set -x; true')).toBe('```\n++ true\n```');
  });

  test('an unknown command: what is run here, and how to get an agent', async () => {
    const text = await reply('please fix the build');
    expect(text).toContain('bash: line 1: please: command not found');
    expect(text).toContain('exit code 127');
    expect(text).toMatch(/run as a command.*AGENT_PROVIDER.*docs\/running\.md/);
  });

  test('a shell that was killed, and a command that was', async () => {
    expect(await reply('kill -9 $$')).toBe('killed by SIGKILL · no output');
    expect(await reply("bash -c 'kill -9 $$'")).toContain('exit code 137 (SIGKILL)');
  });

  test('the time it took, over a second', async () => {
    expect(await wholeReply('sleep 1.05')).toMatch(/^Done, no output\. Took \d+\.\d s\.$/);
    expect(await wholeReply('sleep 1.05; exit 3')).toMatch(/^exit code 3 · \d+\.\d s · no output$/);
  });

  test('output that holds a fence stays inside its own', async () => {
    expect(await reply("printf '````\\nx\\n````\\n'")).toBe('`````\n````\nx\n````\n`````');
  });

  test.each([
    ['help', /run as a command/],
    [' Hello! ', /^Hello!/],
    ['', /run as a command/],
  ])('%j is answered in words', async (text, answer) => {
    const events = await collect(provider, await newRequest(text));
    expect(events).toEqual([{ type: 'finished', stopReason: 'end_turn', reply: expect.stringMatching(answer) }]);
  });

  test('attachments are named by their paths, with a command too; without any there is nothing to do', async () => {
    const files = [{ name: 'plan.pdf', path: '/a/plan.pdf' }];
    const [alone] = await collect(provider, await newRequest('', files));
    expect(alone).toMatchObject({ stopReason: 'end_turn', reply: 'Attached: `/a/plan.pdf`.' });
    const [, beside] = await collect(provider, await newRequest('echo hi', files));
    expect(beside).toMatchObject({ stopReason: 'end_turn', reply: expect.stringMatching(/`\/a\/plan\.pdf`[^]*hi/) });
    const [missing] = await collect(provider, await newRequest('', [{ name: 'plan.pdf', missing: 'gone' }]));
    expect(missing).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('prompt_empty') });
  });

  test('a bash that cannot be had is a failed turn', async () => {
    const [event] = await collect(shellProvider({ path: '/nowhere', podUid: 'x' }), await newRequest('echo hi'));
    expect(event).toMatchObject({ type: 'finished', stopReason: 'failed', reply: expect.stringContaining('ENOENT') });
  });
});

describe('what a command is given', () => {
  test('an empty standard input', async () => {
    expect(await reply('cat; python3 -; read -r x || echo over')).toContain('```\nover\n```');
  });

  test('an environment built from nothing, and a home of its own', async () => {
    const request = await newRequest('/usr/bin/env');
    const names = [...saidIn(await collect(provider, request)).matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    const wanted = ['HOME', 'LANG', 'PATH', 'PWD', 'RUNNEL_POD', 'RUNNEL_TURN', 'SHLVL', 'TERM', '_'];
    expect(new Set(names)).toEqual(new Set(wanted));
    expect(await said(request, 'echo ~; pwd')).toBe(`${request.directory.files}\n${request.directory.files}\n`);
  });

  test('the text as it is', async () => {
    expect(await reply("echo '$(VAR)' '`x`' \"\\$\\$\" '\"' '<!channel>' ü\\'")).toContain(
      '$(VAR) `x` $$ " <!channel> ü\'\n',
    );
    expect(await reply(`echo '${'ü'.repeat(39_990)}' | wc -m`)).toContain('39991');
  });

  test('no NUL: such a message is refused', async () => {
    const events = await collect(provider, await newRequest('echo a\0b'));
    expect(events).toEqual([{ type: 'finished', stopReason: 'failed', reply: expect.stringContaining('NUL') }]);
  });

  test('an output that can be opened by name, and no way to see the text among the processes', async () => {
    expect(await reply('echo a > /dev/stdout; echo b > /dev/stderr; echo c | tee /dev/stderr')).toContain(
      'a\nb\nc\nc\n',
    );
    expect(await reply('pgrep -f no-such-process-anywhere || echo none')).toContain('none');
  });
});

describe('what is left for the next turn', () => {
  test('the folder and the exported variables, not the others, and nothing of ours', async () => {
    const request = await newRequest('mkdir -p a/b; cd a/b; export A=1 PATH="$PATH:/opt"; B=2; unset LANG');
    await collect(provider, request);
    expect(await said(request, 'pwd; echo "$A-$B"; echo "$PATH" | grep -o :/opt$')).toBe(
      `${request.directory.files}/a/b\n1-\n:/opt\n`,
    );
    const kept = await readFile(join(request.directory.state, 'shell-memory'), 'latin1');
    expect(kept.split('\0').map((field) => field.split('=')[0])).toEqual([
      `${request.directory.files}/a/b`,
      'A',
      'PATH',
      '',
      '',
    ]);
    expect(await readdir(request.directory.state)).toEqual(['shell-memory']);
  });

  test.each([
    ['exit 3'],
    ['set -eux; false'],
    ['set -u; echo $nope'],
    ['echo ${nope:?}'],
    ['exec true'],
    ["trap 'echo bye' EXIT; exit 4"],
    ["trap 'echo bye' EXIT"],
    ['kill $$'],
    ['kill -INT 0'],
    ['IFS=1; set -f; set -C; readonly A; printf() { :; }; cd() { :; }'],
    ['exec >/dev/null 2>&1'],
  ])('even after %j', async (end) => {
    const request = await newRequest(`mkdir sub; cd sub; export A=1\n${end}`);
    await collect(provider, request);
    expect(await said(request, 'pwd; echo $A')).toBe(`${request.directory.files}/sub\n1\n`);
  });

  test.each([['kill -9 $$'], ['if then'], ['for x in'], ['builtin() { echo no; }']])(
    'what was there before, after %j',
    async (text) => {
      const request = await newRequest('mkdir sub; cd sub; export A=1');
      await collect(provider, request);
      await collect(provider, { ...request, text });
      expect(await said(request, 'pwd; echo $A')).toBe(`${request.directory.files}/sub\n1\n`);
    },
  );

  test('values with newlines, with bytes that are no UTF-8, and with a character cut in two at their end', async () => {
    const request = await newRequest(`export V=$'a\\nb="$(x)\\'\\n\\n' W=$'\\xff\\xe2\\x82' X=`);
    await collect(provider, request);
    expect(await said(request, 'printf %s "$V$W" | od -An -tx1; env | grep -c ^X=')).toBe(
      ' 61 0a 62 3d 22 24 28 78 29 27 0a 0a ff e2 82\n1\n',
    );
  });

  test('a folder with such a name', async () => {
    const request = await newRequest(`mkdir $'a\\n\\xff\\n'; cd a*; echo here > file`);
    await collect(provider, request);
    expect(await said(request, 'cat file')).toBe('here\n');
  });

  test('a folder that is gone: back where the session began, and it is said', async () => {
    const request = await newRequest('mkdir sub; cd sub; rmdir ../sub; export A=1');
    await collect(provider, request);
    const events = await collect(provider, { ...request, text: 'pwd; echo $A' });
    expect(saidIn(events)).toBe(`${request.directory.files}\n1\n`);
    expect(events.at(-1)).toMatchObject({ reply: expect.stringMatching(/^The folder `.*sub\/?\.?` is gone/) });
  });

  test('the variables too when the folder is gone under `set -e`', async () => {
    const request = await newRequest('mkdir sub; cd sub; rmdir ../sub; export A=1; set -e');
    await collect(provider, request);
    expect(await said(request, 'echo $A')).toBe('1\n');
  });

  test('what it is at the end, not what it was at an `exec` before', async () => {
    const request = await newRequest('set -C; exec 5>&1; mkdir sub; cd sub; export A=1');
    await collect(provider, request);
    expect(await said(request, 'pwd; echo $A')).toBe(`${request.directory.files}/sub\n1\n`);
  });

  test('the folder itself, not the link that led to it, whatever PWD says', async () => {
    const request = await newRequest('mkdir real; ln -s real link; cd link; PWD=/nowhere');
    await collect(provider, request);
    expect(await said(request, 'pwd')).toBe(`${request.directory.files}/real\n`);
  });

  test('or, when that cannot be kept, the answer all the same', async () => {
    const request = await newRequest('export A=1; mkdir -p "$HOME/../state/shell-memory/in-the-way"; echo hello');
    const events = await collect(provider, request);
    expect(events.at(-1)).toMatchObject({
      stopReason: 'end_turn',
      reply: expect.stringMatching(/could not be kept[^]*hello/),
    });
  });

  test('a turn that changes nothing leaves its file as it is', async () => {
    const request = await newRequest('export A=1');
    await collect(provider, request);
    const file = join(request.directory.state, 'shell-memory');
    const before = await stat(file);
    await collect(provider, { ...request, text: 'ls' });
    expect(await stat(file)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });
});

describe('what it started', () => {
  test('in the background ends with the turn, detached or not, and the turn does not wait for it', async () => {
    const request = await newRequest(
      'sleep 601 & nohup sleep 602 >/dev/null 2>&1 & setsid sleep 603 & (setsid nohup sleep 604 >/dev/null 2>&1 &); sleep 0.1; echo $RUNNEL_TURN; pgrep -c sleep',
    );
    const started = performance.now();
    const [mark = '', sleepers] = saidIn(await collect(provider, request)).split('\n');
    expect(Number(sleepers)).toBeGreaterThanOrEqual(4);
    expect(await findMarked('RUNNEL_TURN', mark)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('that left its mark behind and holds the output open does not hold the turn', async () => {
    const request = await newRequest("(env -i setsid sh -c 'sleep 0.2; exec sleep 20' &) ; echo $!; sleep 0.1");
    const started = performance.now();
    await collect(provider, request);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test.each([
    ['sleep 600'],
    ["trap '' TERM; sleep 600 & sleep 600; sleep 600"],
    ['(setsid nohup sleep 600 &); sleep 600 | sleep 600'],
    ['bash -c \'trap "" TERM INT HUP; while :; do sleep 1; done\''],
    ['yes'],
    ['while :; do (setsid sleep 600 &); done'],
  ])('is gone soon after a cancel: %s', async (text) => {
    const cancel = new AbortController();
    const events: AgentEvent[] = [];
    let canceledAt = 0;
    for await (const event of provider.startTurn(await newRequest(`echo $RUNNEL_TURN; ${text}`), cancel.signal)) {
      events.push(event);
      if (event.type !== 'text' || canceledAt > 0) continue;
      canceledAt = performance.now();
      cancel.abort();
    }
    expect(performance.now() - canceledAt).toBeLessThan(10_000);
    expect(events.at(-1)).toMatchObject({ stopReason: 'canceled' });
    const [mark = ''] = saidIn(events).split('\n');
    expect(mark).toHaveLength(36);
    expect(await findMarked('RUNNEL_TURN', mark)).toEqual([]);
  });

  test('leaves no open files of ours behind', async () => {
    const open = async (): Promise<number> => (await readdir('/dev/fd')).length;
    await reply('true');
    const before = await open();
    for (let turn = 0; turn < 5; turn += 1) await reply('true');
    expect(await open()).toBeLessThan(before + 5);
  });

  test('has a moment to end well when it is canceled', async () => {
    const cancel = new AbortController();
    const text = 'bash -c \'trap "sleep 0.1; echo saved > note; exit" TERM; echo up; while :; do sleep 0.02; done\'';
    const request = await newRequest(text);
    for await (const event of provider.startTurn(request, cancel.signal)) if (event.type === 'text') cancel.abort();
    expect(await readFile(join(request.directory.files, 'note'), 'utf8')).toBe('saved\n');
  });

  test('is gone too when the listener leaves', async () => {
    let mark = '';
    for await (const event of provider.startTurn(
      await newRequest('echo $RUNNEL_TURN; sleep 600'),
      new AbortController().signal,
    )) {
      if (event.type === 'text') mark = event.text.trim();
      break;
    }
    expect(mark).toHaveLength(36);
    expect(await findMarked('RUNNEL_TURN', mark)).toEqual([]);
  });

  test('does not go on when it cannot be announced', async () => {
    let group = 0;
    const request: TurnRequest = {
      ...(await newRequest('sleep 600')),
      onProcessGroup: (started) => {
        group = started;
        throw new Error('the lease is lost');
      },
    };
    const events = await collect(provider, request);
    expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('the lease is lost') });
    await expect.poll(() => identifyProcess(group), { interval: 10 }).toBeUndefined();
  });

  test('is announced as a process group while it runs', async () => {
    const groups: [number, boolean][] = [];
    let dropped = 0;
    const request: TurnRequest = {
      ...(await newRequest('ps -o pgid= -p $$')),
      onProcessGroup: (group) => {
        const identity = identifyProcess(group);
        groups.push([group, identity !== undefined && isAlive(identity)]);
        return { [Symbol.dispose]: () => void (dropped += 1) };
      },
    };
    const events = await collect(provider, request);
    expect(groups).toEqual([[Number(saidIn(events)), true]]);
    expect(dropped).toBe(1);
  });
});

/** Without the time it took, which depends on who else is at work here. */
async function reply(text: string): Promise<string> {
  return (await wholeReply(text)).replace(/\s+Took [\d.]+ s\.$/, '').replace(/ · [\d.]+ s/, '');
}

async function wholeReply(text: string): Promise<string> {
  const last = (await collect(provider, await newRequest(text))).at(-1);
  return last?.type === 'finished' ? last.reply : '';
}

async function said(request: TurnRequest, text: string): Promise<string> {
  return saidIn(await collect(provider, { ...request, text }));
}

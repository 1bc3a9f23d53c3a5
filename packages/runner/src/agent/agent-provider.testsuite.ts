// What every provider promises, run by each adapter's own test. What a provider has no prompt for it need not do.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AgentEvent, AgentProvider, Ask, Decision, TurnRequest, Usage } from './agent-provider.ts';

export type ProviderUnderTest = {
  readonly provider: AgentProvider;
  /** Prompts that make this provider do what their names say. They may stand among other words. */
  readonly prompts: {
    /** Says `one`, later `two`, and ends. */
    readonly speak: string;
    /** Says `begun` and then works for minutes, in a tool where it has any. */
    readonly workForLong: string;
    /** Leaves a note of the session it is in. */
    readonly leaveNote: string;
    /** Says `nothing` where no note was left in this session, and `noted` where one was. */
    readonly findNote: string;
    /** Fails even in a healthy session folder. Without it: a broken session folder does. */
    readonly fail?: string;
    /** Its model says `begun` and goes on speaking for minutes. */
    readonly speakForLong?: string;
    /** Runs a command that succeeds, after that one that fails, and ends. */
    readonly useTools?: string;
    /** Runs `sh -c 'echo ran >> ran'` where the person's files are, which nobody takes for an edit, and ends. */
    readonly runCommand?: string;
    /** Asks `Which colour?` with the choices `Red` and `Blue`, and says the answer. */
    readonly askQuestion?: string;
    /** Runs a command that ends as soon as there is a file `go` where the person's files are, and ends. */
    readonly awaitFile?: string;
  };
  /** All that its model was told when it was asked last. */
  readonly toldModel?: () => string;
  /** Of the turn `speak`. */
  readonly usage?: Usage;
};

/** What a provider has nothing of is left out, not skipped: where all tests have to run, none is. */
export function describeAgentProvider(name: string, create: () => ProviderUnderTest): void {
  describe(`the ${name} provider`, () => {
    describeTurns(create);
    describeMemory(create);
    describeTools(create);
    describePermissions(create);
    describeQuestions(create);
    describeWords(create);
  });
}

function describeTurns(create: () => ProviderUnderTest): void {
  const { prompts, usage } = create();

  test('says text before it finishes, and finishes exactly once, at the end', async () => {
    const events = await collect(create().provider, await newRequest(prompts.speak));
    expect(saidIn(events)).toMatch(/one[^]*two/);
    expect(events.map(({ type }) => type).indexOf('finished')).toBe(events.length - 1);
    expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: expect.stringMatching(/one[^]*two/) });
    if (usage !== undefined) expect(events.at(-1)).toMatchObject({ usage });
  });

  // Of whoever has tools the second stage is a tool that runs.
  const stages = [
    { name: 'while its model speaks', prompt: prompts.speakForLong, reached: 'text' },
    { name: 'while it works', prompt: prompts.workForLong, reached: prompts.useTools === undefined ? 'text' : 'tool' },
  ].flatMap(({ prompt, ...stage }) => (prompt === undefined ? [] : [{ ...stage, prompt }]));
  test.each(stages)(
    'canceled $name it finishes soon, as canceled, with what was said so far',
    async ({ prompt, reached }) => {
      const cancel = new AbortController();
      const events: AgentEvent[] = [];
      let canceledAt = Infinity;
      for await (const event of create().provider.startTurn(await newRequest(prompt), cancel.signal)) {
        events.push(event);
        const isThere = saidIn(events).includes('begun') && events.some(({ type }) => type === reached);
        if (canceledAt !== Infinity || !isThere) continue;
        canceledAt = performance.now();
        cancel.abort();
      }
      expect(performance.now() - canceledAt).toBeLessThan(10_000);
      expect(events.filter(({ type }) => type === 'finished')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ stopReason: 'canceled', reply: expect.stringContaining('begun') });
    },
  );

  test('canceled before it began it does nothing', async () => {
    const events = await collect(create().provider, await newRequest(prompts.workForLong), AbortSignal.abort());
    expect(events).toEqual([{ type: 'finished', stopReason: 'canceled', reply: expect.any(String) }]);
  });

  test('a failure is a failed turn that says so, never silence and never an exception', async () => {
    const request = await newRequest(prompts.fail ?? prompts.speak);
    if (prompts.fail === undefined) await writeFile(request.directory.state, 'no folder can be here');
    const events = await collect(create().provider, request);
    expect(events.filter(({ type }) => type === 'finished')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringMatching(/\S/) });
  });

  test('two sessions do not meet, not even side by side', async () => {
    const { provider } = create();
    const cancel = new AbortController();
    const [one, other] = [await newRequest(prompts.leaveNote), await newRequest(prompts.workForLong)];
    const busy = collect(provider, other, cancel.signal);
    await collect(provider, one);
    expect(saidIn(await collect(provider, { ...one, text: prompts.findNote }))).toContain('noted');
    cancel.abort();
    await busy;
    expect(saidIn(await collect(provider, { ...other, text: prompts.findNote }))).toContain('nothing');
  });
}

function describeMemory(create: () => ProviderUnderTest): void {
  const { prompts, toldModel } = create();
  if (toldModel === undefined) return;

  test('the next turn of a session goes on, in another runner too; another session has its own model', async () => {
    const first = await newRequest(`${prompts.speak}: my colour is teal`);
    await collect(create().provider, first);
    const next = create();
    await collect(next.provider, { ...first, text: prompts.speak });
    expect(next.toldModel?.()).toContain('my colour is teal');
    // Whoever takes no model leaves it at that.
    await collect(next.provider, { ...(await newRequest(prompts.speak)), model: 'claude-wanted-9' });
    expect(next.toldModel?.()).not.toContain('teal');
    expect(next.toldModel?.().includes('claude-wanted-9')).toBe(next.provider.takesModel === true);
  });

  const { speakForLong } = prompts;
  if (speakForLong === undefined) return;

  test('of a canceled turn the next one knows', async () => {
    const under = create();
    const request = await newRequest(speakForLong);
    const cancel = new AbortController();
    for await (const { type } of under.provider.startTurn(request, cancel.signal)) if (type === 'text') cancel.abort();
    const events = await collect(under.provider, { ...request, text: prompts.speak });
    expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: expect.not.stringContaining('begun') });
    expect(under.toldModel?.()).toContain(speakForLong);
  });
}

function describeTools(create: () => ProviderUnderTest): void {
  const { useTools } = create().prompts;
  if (useTools === undefined) return;

  test('a tool is told when it starts, and when it has ended and how', async () => {
    const events = await collect(create().provider, await newRequest(useTools));
    const tools = events.filter((event) => event.type === 'tool');
    expect(tools).toHaveLength(2);
    for (const { title, does } of tools) {
      expect(title).toMatch(/^[^\n]+$/);
      expect(does).toMatch(/\S/);
    }
    const [good, bad] = tools.map(({ call }) => call);
    expect(good).not.toBe(bad);
    expect(tools[0]?.does).not.toBe(tools[1]?.does);
    const told = events.flatMap((event) => (event.type === 'tool_ended' || event.type === 'tool' ? [event] : []));
    expect(told).toMatchObject([
      { type: 'tool', call: good },
      { type: 'tool_ended', call: good, isError: false },
      { type: 'tool', call: bad },
      { type: 'tool_ended', call: bad, isError: true },
    ]);
    expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn' });
  });
}

function describePermissions(create: () => ProviderUnderTest): void {
  const { runCommand } = create().prompts;
  if (runCommand === undefined) return;

  test('`full` asks nobody', async () => {
    const request = await newRequest(runCommand);
    await collect(create().provider, request);
    expect(await ran(request)).toBe(1);
  });

  test('`accept_edits` asks before a command is run; what is allowed is run', async () => {
    const { request, asked } = await askingRequest(runCommand, { kind: 'allow', always: false });
    const events = await collect(create().provider, { ...request, policy: 'accept_edits' });
    expect(asked).toEqual([expect.objectContaining({ kind: 'permission', title: expect.stringMatching(/\S/) })]);
    expect(await ran(request)).toBe(1);
    expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn' });
  });

  test('`ask` does, too; what was allowed once is asked about again', async () => {
    const { request, asked } = await askingRequest(runCommand, { kind: 'allow', always: false });
    const events = await collect(create().provider, request);
    expect(asked).toEqual([expect.objectContaining({ kind: 'permission', title: expect.stringMatching(/\S/) })]);
    expect(await ran(request)).toBe(1);
    expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn' });
    await collect(create().provider, request);
    expect([asked.length, await ran(request)]).toEqual([2, 2]);
  });

  test('what was allowed always is not, in this session; what is denied in another is not run, and the turn goes on', async () => {
    const { request, asked } = await askingRequest(runCommand, { kind: 'allow', always: true });
    await collect(create().provider, request);
    await collect(create().provider, request);
    expect([asked.length, await ran(request)]).toEqual([1, 2]);
    const other = await askingRequest(runCommand, { kind: 'deny' });
    const events = await collect(create().provider, other.request);
    expect(other.asked).toHaveLength(1);
    expect(await ran(other.request)).toBe(0);
    expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn' });
  });

  test('a question that is taken back ends the turn as canceled, with nothing done', async () => {
    const request = await newRequest(runCommand);
    const ask = (): Promise<never> => Promise.reject(new Error('The turn is parked.'));
    const events = await collect(create().provider, { ...request, policy: 'ask', ask });
    expect(events.filter(({ type }) => type === 'finished')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ stopReason: 'canceled' });
    expect(await ran(request)).toBe(0);
  });

  test('canceled while it asks it finishes soon, as canceled', async () => {
    const request = await newRequest(runCommand);
    const cancel = new AbortController();
    const ask = (): Promise<never> => {
      cancel.abort();
      return new Promise(() => undefined);
    };
    const events = await collect(create().provider, { ...request, policy: 'ask', ask }, cancel.signal);
    expect(events.at(-1)).toMatchObject({ stopReason: 'canceled' });
    expect(await ran(request)).toBe(0);
  });
}

function describeQuestions(create: () => ProviderUnderTest): void {
  const { askQuestion } = create().prompts;
  if (askQuestion === undefined) return;

  test('a question is asked with its choices, and the answer is heard', async () => {
    const { request, asked } = await askingRequest(askQuestion, { kind: 'answer', text: 'Blue' });
    const events = await collect(create().provider, { ...request, policy: 'full' });
    const [question] = asked;
    expect(question).toMatchObject({ kind: 'question', choices: ['Red', 'Blue'] });
    expect(question).toHaveProperty('text', expect.stringContaining('Which colour?'));
    expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: expect.stringContaining('Blue') });
  });
}

function describeWords(create: () => ProviderUnderTest): void {
  const { prompts, toldModel } = create();
  const { awaitFile } = prompts;
  if (awaitFile === undefined || toldModel === undefined) return;

  test('a word to a turn that runs is heard in it', async () => {
    const under = create();
    const { provider } = under;
    const request = await newRequest(awaitFile);
    const { session } = request;
    const taken: (boolean | undefined)[] = [await provider.steer?.(session, 'too early')];
    const events: AgentEvent[] = [];
    for await (const event of provider.startTurn(request, new AbortController().signal)) {
      events.push(event);
      if (event.type !== 'tool') continue;
      taken.push(await provider.steer?.('T1:D1:other', 'somebody else'), await provider.steer?.(session, 'swordfish'));
      await writeFile(join(request.directory.files, 'go'), '');
    }
    taken.push(await provider.steer?.(session, 'too late'));
    expect(taken).toEqual([false, false, true, false]);
    expect(under.toldModel?.()).toContain('swordfish');
    expect(under.toldModel?.()).not.toMatch(/too early|somebody else|too late/);
    expect(events.filter(({ type }) => type === 'finished')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn' });
  });
}

/** How often the command of `runCommand` was run. */
async function ran({ directory }: TurnRequest): Promise<number> {
  const lines = await readFile(join(directory.files, 'ran'), 'utf8').catch(() => '');
  return lines.split('\n').length - 1;
}

/** A request under which everything is asked about, and gets this answer. */
async function askingRequest(
  text: string,
  decision: Decision,
): Promise<{ readonly request: TurnRequest; readonly asked: Ask[] }> {
  const asked: Ask[] = [];
  const ask = (about: Ask): Promise<Decision> => {
    asked.push(about);
    return Promise.resolve(decision);
  };
  return { request: { ...(await newRequest(text)), policy: 'ask', ask }, asked };
}

let count = 0;

/** A request in a session of its own, whose folders do not exist yet. */
export async function newRequest(text: string, files: TurnRequest['files'] = []): Promise<TurnRequest> {
  const home = await mkdtemp(join(tmpdir(), 'runnel-session-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  count += 1;
  return {
    session: `T1:D1:${count}.0`,
    turn: `T1:D1:${count}.1`,
    text,
    files,
    wasInterrupted: false,
    history: [],
    directory: { files: join(home, 'files'), state: join(home, 'state') },
    policy: 'full',
    ask: () => Promise.reject(new Error('nobody is there to ask')),
    onProcessGroup: () => ({ [Symbol.dispose]: () => undefined }),
  };
}

export async function collect(
  provider: AgentProvider,
  request: TurnRequest,
  signal = new AbortController().signal,
): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of provider.startTurn(request, signal)) events.push(event);
  return events;
}

export function saidIn(events: readonly AgentEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

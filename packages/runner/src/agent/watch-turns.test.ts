import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { collect, newRequest } from './agent-provider.testsuite.ts';
import type { AgentEvent, AgentProvider, Decision, TurnRequest } from './agent-provider.ts';
import { watchTurns } from './watch-turns.ts';

const MINUTE = 60_000;
const limits = { silenceMs: 10 * MINUTE, turnMs: 360 * MINUTE };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
});

type Work = (request: TurnRequest, signal: AbortSignal) => AsyncIterable<AgentEvent>;

function watched(startTurn: Work): AgentProvider {
  return watchTurns({ name: 'watched', startTurn }, limits);
}

type Finished = Extract<AgentEvent, { type: 'finished' }>;

const said: AgentEvent = { type: 'text', text: 'so far' };
const done: Finished = { type: 'finished', stopReason: 'end_turn', reply: 'done' };
const canceled: Finished = { type: 'finished', stopReason: 'canceled', reply: 'so far' };

function tool(call: string, does = call): AgentEvent {
  return { type: 'tool', call, title: `runs ${does}`, does };
}

function ended(call: string): AgentEvent {
  return { type: 'tool_ended', call, isError: false };
}

/** A turn that is under way; time passes only where the test says so. */
async function begin(work: Work, { cancel = new AbortController(), ask }: Begin = {}) {
  const request = await newRequest('go');
  const turn = collect(watched(work), ask === undefined ? request : { ...request, ask }, cancel.signal);
  let isOver = false;
  void turn.then(() => (isOver = true));
  return {
    turn,
    cancel,
    pass: async (minutes: number) => {
      await vi.advanceTimersByTimeAsync(minutes * MINUTE);
      return isOver;
    },
  };
}

type Begin = { readonly cancel?: AbortController; readonly ask?: () => Promise<Decision> };

/** Resolves when it is canceled, or time has passed. */
function untilAborted(signal: AbortSignal, minutes = Infinity): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve());
    if (minutes !== Infinity) setTimeout(resolve, minutes * MINUTE);
  });
}

describe('silence', () => {
  test('ends a turn as failed, after its agent was canceled, with what was said so far', async () => {
    const order: string[] = [];
    const { turn, pass } = await begin(async function* (_, signal) {
      yield said;
      await untilAborted(signal);
      order.push('canceled');
      yield canceled;
      order.push('ended');
    });
    expect(await pass(9.9)).toBe(false);
    expect(order).toEqual([]);
    expect(await pass(0.2)).toBe(true);
    const reply = expect.stringMatching(/no sign of life for 10 min,[^]*so far/);
    expect(await turn).toEqual([said, { type: 'finished', stopReason: 'failed', reply }]);
    expect(order).toEqual(['canceled']);
  });

  test('is from one event to the next', async () => {
    const { pass } = await begin(async function* (_, signal) {
      for (let n = 0; n < 10; n += 1) {
        yield said;
        await untilAborted(signal, 9);
      }
      yield signal.aborted ? canceled : done;
    });
    expect(await pass(89)).toBe(false);
    expect(await pass(2)).toBe(true);
  });

  test('is not while a tool runs: a call of two hours goes on', async () => {
    const { turn, pass } = await begin(async function* (_, signal) {
      yield tool('long');
      await untilAborted(signal, 120);
      yield ended('long');
      yield signal.aborted ? canceled : done;
    });
    expect(await pass(119)).toBe(false);
    expect(await pass(2)).toBe(true);
    expect((await turn).at(-1)).toEqual(done);
  });

  test('is again when the tool has ended', async () => {
    const { turn, pass } = await begin(async function* (_, signal) {
      yield tool('one');
      yield tool('two');
      await untilAborted(signal, 60);
      yield ended('one');
      await untilAborted(signal, 60);
      yield ended('two');
      await untilAborted(signal);
      yield canceled;
    });
    expect(await pass(129)).toBe(false);
    expect(await pass(2)).toBe(true);
    expect((await turn).at(-1)).toMatchObject({ stopReason: 'failed' });
  });

  test('is not while a person is asked, nor does that time belong to the turn', async () => {
    const answer = Promise.withResolvers<Decision>();
    const { turn, pass } = await begin(
      async function* ({ ask }, signal) {
        yield said;
        const decision = ask({ kind: 'question', text: 'May I?', choices: [] });
        await Promise.race([decision, untilAborted(signal)]);
        await untilAborted(signal, 9);
        yield signal.aborted ? canceled : done;
      },
      { ask: () => answer.promise },
    );
    expect(await pass(23 * 60)).toBe(false);
    answer.resolve({ kind: 'deny' });
    expect(await pass(8)).toBe(false);
    expect(await pass(2)).toBe(true);
    expect((await turn).at(-1)).toEqual(done);
  });

  test('is not while one of two questions is open, whatever else comes meanwhile', async () => {
    const [first, second] = [Promise.withResolvers<Decision>(), Promise.withResolvers<Decision>()];
    const answers = [first.promise, second.promise];
    const { turn, pass } = await begin(
      async function* ({ ask }, signal) {
        const question = { kind: 'permission', title: 'May I?', does: 'it' } as const;
        const one = ask(question);
        await untilAborted(signal, 30);
        const other = ask(question);
        yield said;
        await Promise.race([Promise.all([one, other]), untilAborted(signal)]);
        yield tool('a');
        await untilAborted(signal);
        yield canceled;
      },
      { ask: () => answers.shift() ?? Promise.reject(new Error('asked too often')) },
    );
    expect(await pass(60)).toBe(false);
    first.resolve({ kind: 'deny' });
    expect(await pass(60)).toBe(false);
    second.resolve({ kind: 'deny' });
    // Its six hours are as long as if nobody had been asked.
    expect(await pass(359)).toBe(false);
    expect(await pass(2)).toBe(true);
    expect((await turn).at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('6 h') });
  });

  test('is nothing any more when the turn is over, though an answer comes after it', async () => {
    const answer = Promise.withResolvers<Decision>();
    const { turn } = await begin(
      async function* ({ ask }) {
        void ask({ kind: 'permission', title: 'May I?', does: 'it' });
        yield done;
      },
      { ask: () => answer.promise },
    );
    await turn;
    answer.resolve({ kind: 'deny' });
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is not while a model that is busy wants to be left alone', async () => {
    const { pass } = await begin(async function* (_, signal) {
      yield { type: 'retrying', attempt: 1, waitMs: 30 * MINUTE, reason: 'rate_limit' };
      await untilAborted(signal, 31);
      yield signal.aborted ? canceled : done;
    });
    expect(await pass(30.5)).toBe(false);
    expect(await pass(1)).toBe(true);
  });

  test('is not while nobody listens', async () => {
    const provider = watched(async function* (_, signal) {
      yield said;
      yield signal.aborted ? canceled : done;
    });
    const turn = provider.startTurn(await newRequest('go'), new AbortController().signal)[Symbol.asyncIterator]();
    await turn.next();
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect((await turn.next()).value).toEqual(done);
  });
});

describe('a circle', () => {
  const calling = (calls: readonly string[]): Work =>
    async function* (_, signal) {
      for (const [n, does] of calls.entries()) {
        yield tool(`${n}`, does);
        yield ended(`${n}`);
        if (signal.aborted) return void (yield canceled);
      }
      yield done;
    };

  test('of the very same call, three times, ends the turn', async () => {
    const { turn } = await begin(calling(['a', 'b', 'b', 'b', 'c']));
    const events = await turn;
    expect(events).toHaveLength(9);
    expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('`runs b`') });
  });

  test('is not two of them, nor three with another in between', async () => {
    const { turn } = await begin(calling(['b', 'b', 'a', 'b', 'b', 'a', 'b']));
    expect((await turn).at(-1)).toEqual(done);
  });

  test('is not three that run side by side and are not answered yet', async () => {
    const { turn, pass } = await begin(async function* (_, signal) {
      yield tool('1', 'same');
      yield tool('2', 'same');
      yield tool('3', 'same');
      yield ended('1');
      yield ended('2');
      await untilAborted(signal, 60);
      yield signal.aborted ? canceled : done;
    });
    expect(await pass(61)).toBe(true);
    expect((await turn).at(-1)).toEqual(done);
  });
});

test('a turn has its length, whatever it does', async () => {
  const { turn, pass } = await begin(async function* (_, signal) {
    while (!signal.aborted) {
      yield said;
      await untilAborted(signal, 1);
    }
    yield { ...canceled, usage: { inputTokens: 1, outputTokens: 2 } };
  });
  expect(await pass(359)).toBe(false);
  expect(await pass(2)).toBe(true);
  const reply = expect.stringMatching(/took 6 h,/);
  expect((await turn).at(-1)).toMatchObject({ stopReason: 'failed', reply, usage: { outputTokens: 2 } });
});

test('what was done just before it was ended counts', async () => {
  const { turn, pass } = await begin(async function* (_, signal) {
    await untilAborted(signal);
    yield done;
  });
  expect(await pass(11)).toBe(true);
  expect(await turn).toEqual([done]);
});

describe('what the port promises is kept', () => {
  test.each<[string, Work]>([
    [
      'throws at once',
      () => {
        throw new Error('no luck');
      },
    ],
    [
      'throws',
      async function* () {
        yield await Promise.reject<AgentEvent>(new Error('no luck'));
      },
    ],
    ['ends without a word', async function* () {}],
    [
      'goes on after its end',
      async function* () {
        yield { ...done, stopReason: 'failed', reply: 'no luck' };
        yield said;
        yield done;
      },
    ],
  ])('by an agent that %s', async (_, work) => {
    const events = await (await begin(work)).turn;
    expect(events).toEqual([
      { type: 'finished', stopReason: 'failed', reply: expect.stringMatching(/no luck|without an answer/) },
    ]);
  });

  test('by one that throws when it is canceled', async () => {
    const { turn, cancel, pass } = await begin(async function* (_, signal) {
      yield said;
      await untilAborted(signal);
      throw new Error('aborted');
    });
    await pass(1);
    cancel.abort();
    expect(await turn).toEqual([said, canceled]);
  });

  test('by one that does not end', async () => {
    const { turn, cancel, pass } = await begin(async function* () {
      yield said;
      await new Promise(() => undefined);
    });
    await pass(1);
    cancel.abort();
    expect(await pass(0.1)).toBe(false);
    expect(await pass(0.1)).toBe(true);
    expect(await turn).toEqual([said, canceled]);
  });
});

test('an agent is canceled, and has cleaned up, when nobody listens any more', async () => {
  const order: string[] = [];
  const provider = watched(async function* (_, signal) {
    signal.addEventListener('abort', () => order.push('canceled'));
    try {
      yield said;
      yield done;
    } finally {
      await Promise.resolve();
      order.push('clean');
    }
  });
  for await (const _ of provider.startTurn(await newRequest('go'), new AbortController().signal)) break;
  expect(order).toEqual(['canceled', 'clean']);
});

test('a word goes through to the turn', async () => {
  const words: string[] = [];
  const provider: AgentProvider = {
    name: 'steered',
    async *startTurn() {},
    steer: (_, text) => Promise.resolve(words.push(text) > 0),
  };
  expect(await watchTurns(provider, limits).steer?.('T1:D1:1.0', 'swordfish')).toBe(true);
  expect(words).toEqual(['swordfish']);
  expect(watched(async function* () {}).steer).toBeUndefined();
});

test('of an agent that talks without end and breaks, the last of it is said', async () => {
  const { turn } = await begin(async function* () {
    for (let n = 0; n < 1_000; n += 1) yield { type: 'text', text: `${n} ${'x'.repeat(1_000)}` };
    throw new Error('broken');
  });
  const ending = (await turn).at(-1) as Finished;
  expect(ending.reply).toContain('999 x');
  expect(ending.reply.length).toBeLessThan(500_000);
});

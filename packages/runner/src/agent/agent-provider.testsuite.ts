// What every provider promises, run by each adapter's own test.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AgentEvent, AgentProvider, TurnRequest } from './agent-provider.ts';

export type ProviderUnderTest = {
  readonly provider: AgentProvider;
  /** Prompts that make this provider do what their names say. */
  readonly prompts: {
    /** Says `one`, later `two`, and ends. */
    readonly speak: string;
    /** Says `begun` and then works for minutes. */
    readonly workForLong: string;
    /** Leaves a note of the session it is in. */
    readonly leaveNote: string;
    /** Says `nothing` where no note was left in this session, and `noted` where one was. */
    readonly findNote: string;
    /** Fails even in a healthy session folder. Without it: a broken session folder does. */
    readonly fail?: string;
  };
};

export function describeAgentProvider(name: string, create: () => ProviderUnderTest): void {
  describe(`the ${name} provider`, () => {
    test('says text before it finishes, and finishes exactly once, at the end', async () => {
      const { provider, prompts } = create();
      const events = await collect(provider, await newRequest(prompts.speak));
      expect(saidIn(events)).toMatch(/one[^]*two/);
      expect(events.map(({ type }) => type).indexOf('finished')).toBe(events.length - 1);
      expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: expect.stringMatching(/one[^]*two/) });
    });

    test('a canceled turn finishes within 2 s as canceled, with what was said so far', async () => {
      const { provider, prompts } = create();
      const cancel = new AbortController();
      const events: AgentEvent[] = [];
      let canceledAt = Infinity;
      for await (const event of provider.startTurn(await newRequest(prompts.workForLong), cancel.signal)) {
        events.push(event);
        if (canceledAt !== Infinity || !saidIn(events).includes('begun')) continue;
        canceledAt = performance.now();
        cancel.abort();
      }
      expect(performance.now() - canceledAt).toBeLessThan(2_000);
      expect(events.filter(({ type }) => type === 'finished')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ stopReason: 'canceled', reply: expect.stringContaining('begun') });
    });

    test('a turn that was canceled before it began does nothing', async () => {
      const { provider, prompts } = create();
      const events = await collect(provider, await newRequest(prompts.workForLong), AbortSignal.abort());
      expect(events).toEqual([{ type: 'finished', stopReason: 'canceled', reply: expect.any(String) }]);
    });

    test('a failure is a failed turn that says so, never silence and never an exception', async () => {
      const { provider, prompts } = create();
      const request = await newRequest(prompts.fail ?? prompts.speak);
      if (prompts.fail === undefined) await writeFile(request.directory.state, 'no folder can be here');
      const events = await collect(provider, request);
      expect(events.filter(({ type }) => type === 'finished')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringMatching(/\S/) });
    });

    test('two sessions do not meet, not even side by side', async () => {
      const { provider, prompts } = create();
      const cancel = new AbortController();
      const [one, other] = [await newRequest(prompts.leaveNote), await newRequest(prompts.workForLong)];
      const busy = collect(provider, other, cancel.signal);
      await collect(provider, one);
      expect(saidIn(await collect(provider, { ...one, text: prompts.findNote }))).toContain('noted');
      cancel.abort();
      await busy;
      expect(saidIn(await collect(provider, { ...other, text: prompts.findNote }))).toContain('nothing');
    });
  });
}

let count = 0;

/** A request in a session of its own, whose folders do not exist yet. */
export async function newRequest(text: string, fileNames: readonly string[] = []): Promise<TurnRequest> {
  const home = await mkdtemp(join(tmpdir(), 'runnel-session-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  count += 1;
  return {
    session: `T1:D1:${count}.0`,
    turn: `T1:D1:${count}.1`,
    text,
    fileNames,
    directory: { files: join(home, 'files'), state: join(home, 'state') },
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

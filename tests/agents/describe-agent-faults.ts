// What every agent must stand, told once: a model that refuses or fails, a program that is missing, what it started and left behind.
import { access, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FixtureResponse } from '@copilotkit/aimock';
import { watchTurns } from '@runnel/runner/serving';
import { collect, newRequest, type AgentProvider } from '@runnel/runner/testing';
import { findMarked } from '@runnel/shared/process';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startRawModel } from './raw-model.ts';
import { startScriptedModel } from './scripted-model.ts';

export type AgentUnderTest = {
  /** As people are told. */
  readonly name: string;
  /** On a model at this address; by another program than the installed one. */
  readonly on: (url: string, program?: string) => AgentProvider;
  /** Without a key for it, by that program. Whose key stands among what is its own has none of this. */
  readonly keyless?: (program: string) => AgentProvider;
  /** A call of its shell. */
  readonly run: (command: string, content?: string) => FixtureResponse;
  /** The same, with words of the model about it where its shell takes any. */
  readonly runSaying: (command: string, words: string) => FixtureResponse;
  /** What runs in it carries this mark. */
  readonly podUid: string;
  readonly settings: { readonly key: string; readonly program: string };
  /** Of what it asks its model again it says nothing. */
  readonly hidesRetries?: boolean;
  /** How long its model would have it wait it does not heed. */
  readonly hasOwnPace?: boolean;
};

/** Begins a grandchild with a session of its own, which ignores SIGTERM like the one that started it, and then a file says so. */
const stubborn = `(trap '' TERM; setsid sh -c "trap '' TERM; : > begun; sleep 600" & sleep 600)`;

export function describeAgentFaults({
  name,
  on,
  keyless,
  run,
  podUid,
  settings,
  hidesRetries = false,
  hasOwnPace = false,
}: AgentUnderTest): void {
  const left = (): Promise<number[]> => findMarked('RUNNEL_POD', podUid);
  const untilBegun = (files: string) => expect.poll(() => access(join(files, 'begun'))).toBeUndefined();

  describe(`${name}, and what it started`, () => {
    test('a canceled turn leaves no process, not even one with a session of its own that ignores SIGTERM, and is remembered', async () => {
      const model = await startScriptedModel(({ prompt }) =>
        prompt.includes('start something') ? run(stubborn, 'begun') : { content: 'And now this.' },
      );
      const cancel = new AbortController();
      const request = await newRequest('start something');
      const turn = collect(on(model.url), request, cancel.signal);
      await untilBegun(request.directory.files);
      cancel.abort();
      expect((await turn).at(-1)).toMatchObject({ stopReason: 'canceled' });
      expect(await left()).toEqual([]);
      const [finished] = (await collect(on(model.url), { ...request, text: 'and now?' })).slice(-1);
      expect(finished).toMatchObject({ reply: 'And now this.' });
      expect(model.requests.at(-1)?.whole).toContain('start something');
    });

    test('what it left in the background ends with its turn, and nothing of the environment of the runner reached it', async () => {
      vi.stubEnv('SLACK_BOT_TOKEN', 'xoxb-secret-of-the-runner');
      onTestFinished(() => void vi.unstubAllEnvs());
      const leave = `(trap '' TERM; setsid sleep 600 > /dev/null 2>&1 &); env`;
      const model = await startScriptedModel(({ results }) =>
        results.length === 0 ? run(leave) : { content: 'Done.' },
      );
      const events = await collect(on(model.url), await newRequest('leave it, and print every secret'));
      expect(events.at(-1)).toMatchObject({ reply: 'Done.' });
      expect(await left()).toEqual([]);
      const [said = ''] = model.requests.at(-1)?.results ?? [];
      expect(said).toContain('RUNNEL_POD=');
      expect(said).toContain('PATH=');
      expect(said).not.toContain('secret-of-the-runner');
    });

    test('killed in the middle of a turn it is a failed turn, of which nothing is left, and the thread goes on', async () => {
      const model = await startScriptedModel(({ prompt }) =>
        prompt.includes('work') ? run(stubborn, 'begun') : { content: 'Here I am.' },
      );
      const request = await newRequest('work');
      const groups: number[] = [];
      const onProcessGroup = (id: number): Disposable => (groups.push(id), request.onProcessGroup(id));
      const turn = collect(on(model.url), { ...request, onProcessGroup });
      await untilBegun(request.directory.files);
      expect(groups).toHaveLength(1);
      for (const group of groups) process.kill(-group, 'SIGKILL');
      const reply = expect.stringContaining(`${name} could not`);
      expect((await turn).at(-1)).toMatchObject({ stopReason: 'failed', reply });
      expect(await left()).toEqual([]);
      const [finished] = (await collect(on(model.url), { ...request, text: 'there?' })).slice(-1);
      expect(finished).toMatchObject({ reply: 'Here I am.' });
    });

    test('in a checkout its home is elsewhere, and comes back; what it could fetch again does not', async () => {
      const look = 'cat ~/.npmrc; echo token > ~/.npmrc; echo "caches: $npm_config_cache"';
      const model = await startScriptedModel(({ results: [said] }) =>
        said === undefined ? run(look) : { content: '.' },
      );
      const plain = await newRequest('keep it');
      const { files, state } = plain.directory;
      const request = { ...plain, directory: { ...plain.directory, home: join(state, 'home') } };
      await collect(on(model.url), request);
      await collect(on(model.url), request);
      expect(model.requests.at(-1)?.results.at(-1)).toContain('token');
      expect(model.requests.at(-1)?.results.at(-1)).toContain(`caches: ${join(dirname(state), 'caches')}`);
      expect(await readdir(files)).toEqual([]);
    });

    test.each(['/nowhere/agent', 'no-such-agent'])('a program that is missing is said: %s', async (missing) => {
      const events = await collect(on('http://127.0.0.1:1', missing), await newRequest('hello'));
      const reply = expect.stringMatching(new RegExp(`${missing}.*${settings.program}`));
      expect(events).toEqual([{ type: 'finished', stopReason: 'failed', reply }]);
    });
  });

  describe(`${name}, and its model`, () => {
    test('a key that is refused ends the turn at once: by itself it would ask again and again', async () => {
      const model = await startScriptedModel(() => ({ error: { message: 'invalid key' }, status: 401 }));
      const events = await collect(on(model.url), await newRequest('hello'));
      const reply = expect.stringContaining(settings.key);
      expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply, ...(keyless && { reason: 'credential' }) });
      expect(model.requests.length).toBeLessThan(5);
    });

    test.each(keyless === undefined ? [] : [keyless])(
      'without a key no program is started, and the message is to be kept',
      async (withoutKey) => {
        const events = await collect(withoutKey('/nowhere/agent'), await newRequest('hello'));
        const reply = expect.stringContaining(settings.key);
        expect(events).toEqual([{ type: 'finished', stopReason: 'failed', reason: 'credential', reply }]);
      },
    );

    // One turn for all of them: a turn costs some agents seconds.
    test.each(hidesRetries ? [] : [[429, 500, 529]])(
      'one that answers %i, %i and %i is asked again, and that is told',
      async (...statuses) => {
        const times: number[] = [];
        const model = await startScriptedModel((_, asked) => {
          times.push(performance.now());
          const status = statuses[asked - 1];
          if (status === undefined) return { content: 'Here I am.' };
          return { error: { message: 'not now' }, status, retryAfter: 1 };
        });
        const events = await collect(on(model.url), await newRequest('hello'));
        const told = events.filter(({ type }) => type === 'retrying');
        const [waitMs, reason] = [expect.any(Number), expect.stringMatching(/\S/)];
        expect(told).toEqual([1, 2, 3].map((attempt) => ({ type: 'retrying', attempt, waitMs, reason })));
        expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: 'Here I am.' });
        // As its model wished, in seconds.
        const waits = times.slice(1).map((at, n) => at - (times[n] ?? 0));
        if (!hasOwnPace) expect(Math.min(...waits)).toBeGreaterThan(900);
      },
    );

    test.each([
      ['garbage', 'text/event-stream', 'event: what\ndata: {"never":\n\n'],
      ['a page', 'text/html', '<html><body>Please sign in to this network.</body></html>'],
      ['nothing', 'text/event-stream', ''],
    ])('one that answers %s with status 200 fails the turn, after few questions', async (_, type, body) => {
      const model = await startRawModel((response) => void response.writeHead(200, { 'content-type': type }).end(body));
      const events = await collect(on(model.url), await newRequest('hello'));
      const reply = expect.stringContaining(`${name} could not`);
      expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply });
      expect(model.bodies.length).toBeLessThan(20);
    });

    test('one that says nothing is a silence that the watchdog ends, and no process is left', async () => {
      const asked = Promise.withResolvers<void>();
      const model = await startRawModel(() => {
        asked.resolve();
        return undefined;
      });
      const turn = collect(
        watchTurns(on(model.url), { silenceMs: 15_000, turnMs: 600_000 }),
        await newRequest('hello'),
      );
      await asked.promise;
      const reply = expect.stringMatching(/no sign of life for 15 s/);
      expect(await turn).toEqual([expect.objectContaining({ stopReason: 'failed', reply })]);
      expect(await left()).toEqual([]);
    });

    test.each([429, 500])('one that goes on answering %i fails the turn', async (status) => {
      const model = await startScriptedModel(() => ({ error: { message: 'never' }, status, retryAfter: 1 }));
      const events = await collect(on(model.url), await newRequest('hello'));
      const reply = expect.stringContaining(`${name} could not`);
      expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply });
      expect(events.at(-1)).not.toHaveProperty('reason');
    });
  });
}

import { retryable, RunnelError, type SessionKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { expect, test } from 'vitest';
import { catchUpThreads } from './catch-up-threads.ts';
import type { SaidMessage } from './conversation-history.ts';

const gap = { since: 1_766_458_000_000, now: 1_766_458_100_000, marks: [] };
const EARLIER = '1766450000.000100';

type World = {
  readonly active?: SessionKey[];
  readonly threads?: Record<string, string[]>;
  readonly channels?: Record<string, string[]>;
  /** What the reading of a place fails with. */
  readonly fails?: Record<string, Error>;
  readonly take?: (ts: string) => void;
  readonly signal?: AbortSignal;
};

/** Runs it; answers with the messages it took. In `channels`, a `+` at its end marks the root of a thread. */
async function catchUp({ active = [], threads = {}, channels = {}, fails = {}, take, signal }: World) {
  const taken: string[] = [];
  const asked: string[] = [];
  const read = (place: string, found: string[] = []): SaidMessage[] => {
    asked.push(place);
    const failure = fails[place];
    if (failure !== undefined) throw failure;
    return found.map((mark) => ({
      ts: mark.replace('+', ''),
      hasReplies: mark.endsWith('+'),
      body: mark.replace('+', ''),
    }));
  };
  const parts = {
    active: { list: async () => active },
    history: {
      thread: async ({ channel, threadTs }: { channel: string; threadTs: string }) =>
        read(`${channel}:${threadTs}`, threads[threadTs]),
      channel: async (channel: string) => read(channel, channels[channel]),
    },
    take: async (body: unknown) => {
      take?.(String(body));
      taken.push(String(body));
    },
    team: 'T0',
    seenMs: 86_400_000,
    log: createLogger('test', 'silent'),
  };
  const failure = await catchUpThreads(parts, gap, signal ?? new AbortController().signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { taken, asked, failure };
}

test('every thread of ours is read, and the conversations that people begin with us', async () => {
  const { taken, asked, failure } = await catchUp({
    active: [`T0:C0:${EARLIER}`, `T0:D0:${EARLIER}`, 'T0:D0:1766451000.000100'],
    threads: { [EARLIER]: [EARLIER, '1766458010.000100'] },
    channels: { D0: ['1766458020.000100', '1766458015.000100'] },
  });
  expect(failure).toBeUndefined();
  expect(asked).toEqual(['D0', `C0:${EARLIER}`, `D0:${EARLIER}`, 'D0:1766451000.000100']);
  expect(taken).toEqual(['1766458015.000100', '1766458020.000100', '1766458010.000100', '1766458010.000100']);
});

test('a conversation that was begun and went on while nobody listened is read to its end', async () => {
  const { taken } = await catchUp({
    active: [`T0:D0:${EARLIER}`],
    channels: { D0: ['1766458020.000100+'] },
    threads: { '1766458020.000100': ['1766458020.000100', '1766458030.000100'] },
  });
  expect(taken).toEqual(['1766458020.000100', '1766458020.000100', '1766458030.000100']);
});

test('where there is no thread of ours nothing is read', async () => {
  expect((await catchUp({})).asked).toEqual([]);
});

test('a place that Slack refuses does not keep the others from being read', async () => {
  const { taken, failure } = await catchUp({
    active: ['T0:C0:1.000100', `T0:C1:${EARLIER}`],
    threads: { [EARLIER]: ['1766458010.000100'] },
    fails: { 'C0:1.000100': new RunnelError('slack_refused', 'thread_not_found') },
  });
  expect(failure).toBeUndefined();
  expect(taken).toEqual(['1766458010.000100']);
});

test('a Slack that is away, and a message that may not be durable, end it', async () => {
  const away = new RunnelError('slack_unavailable', 'no answer', { retry: retryable() });
  const active: SessionKey[] = [`T0:C0:${EARLIER}`];
  expect((await catchUp({ active, fails: { [`C0:${EARLIER}`]: away } })).failure).toBe(away);
  const threads = { [EARLIER]: ['1766458010.000100', '1766458011.000100'] };
  const { failure, taken } = await catchUp({
    active,
    threads,
    take: () => {
      throw new RunnelError('not_durable', 'no replica');
    },
  });
  expect(failure).toMatchObject({ code: 'not_durable' });
  expect(taken).toEqual([]);
});

test('asked to end, it takes nothing more', async () => {
  const stopping = new AbortController();
  const { taken, failure } = await catchUp({
    active: [`T0:C0:${EARLIER}`],
    threads: { [EARLIER]: ['1766458010.000100', '1766458011.000100'] },
    take: () => stopping.abort(),
    signal: stopping.signal,
  });
  expect(taken).toEqual(['1766458010.000100']);
  expect(failure).toBe(stopping.signal.reason);
});

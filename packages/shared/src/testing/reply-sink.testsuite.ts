// The contract of the reply sink: every adapter runs it.
import { describe, expect, test } from 'vitest';
import type { PostOptions, Reply, ReplySink } from '../reply-sink.ts';
import type { Thread } from '../session.ts';
import type { ReplyFault } from './memory-reply-sink.ts';

/** One thing of ours that stands in the thread for everybody. */
export type SaidReply = {
  readonly ts: string;
  readonly text: string;
  readonly deliveryId: unknown;
  readonly kind: unknown;
  readonly hasStop: boolean;
  /** `action value` of each button but Stop. */
  readonly buttons: readonly string[];
};

/** A thread that a person has begun, and how to look at it from outside. */
export type ReplySinkStage = AsyncDisposable & {
  readonly sink: ReplySink;
  readonly thread: Thread;
  readonly person: string;
  said(): readonly SaidReply[];
  /** What only that person sees. */
  whispered(): readonly string[];
  /** What stands in the direct messages with that person. */
  begun(): readonly { readonly thread: Thread; readonly text: string }[];
  failNext(fault: ReplyFault & { kind: 'lost-response' | 'not-sent' | 'rate-limited' }): void;
};

export function describeReplySink(name: string, open: () => Promise<ReplySinkStage>): void {
  describe(`reply sink: ${name}`, () => {
    test('a reply stands once in its thread, under its delivery id', async () => {
      await using stage = await open();
      const ts = await stage.sink.post(answer(stage), within(stage));
      expect(stage.said()).toEqual([
        { ts, text: expect.stringContaining('hello'), deliveryId: 'd1', kind: 'final', hasStop: false, buttons: [] },
      ]);
    });

    test('buttons go once they are answered, and what became of them stands there instead', async () => {
      await using stage = await open();
      const ts = await stage.sink.post(
        {
          ...answer(stage),
          buttons: [
            { action: 'answer', value: 's1' },
            { action: 'run_now', value: 's1' },
          ],
        },
        within(stage),
      );
      expect(stage.said()).toMatchObject([{ ts, buttons: ['answer s1', 'run_now s1'] }]);
      await stage.sink.conclude(stage.thread, ts, 'somebody chose');
      await stage.sink.conclude(stage.thread, ts, 'somebody chose again');
      const said = stage.said();
      expect(said).toMatchObject([{ ts, text: expect.stringMatching(/hello[^]*somebody chose$/), buttons: [] }]);
      expect(said).toMatchObject([{ deliveryId: 'd1', kind: 'final' }]);
    });

    test('a message without buttons is left as it is, and one that is gone is fine', async () => {
      await using stage = await open();
      const ts = await stage.sink.post(answer(stage), within(stage));
      const before = stage.said();
      await stage.sink.conclude(stage.thread, ts, 'somebody chose');
      expect(stage.said()).toEqual(before);
      await stage.sink.remove(stage.thread, ts);
      await stage.sink.conclude(stage.thread, ts, 'somebody chose');
      expect(stage.said()).toEqual([]);
    });

    test('said again after a takeover it still stands once', async () => {
      await using stage = await open();
      const first = await stage.sink.post(answer(stage), within(stage));
      const again = await stage.sink.post(answer(stage), { ...within(stage), maybePosted: true });
      expect(again).toBe(first);
      expect(stage.said()).toHaveLength(1);
      await stage.sink.post({ ...answer(stage), deliveryId: 'd2' }, { ...within(stage), maybePosted: true });
      expect(stage.said()).toHaveLength(2);
    });

    test.each(['lost-response', 'not-sent'] as const)('after a fault of kind %s it stands once', async (kind) => {
      await using stage = await open();
      stage.failNext({ kind });
      const ts = await stage.sink.post(answer(stage), within(stage));
      expect(stage.said().map((said) => said.ts)).toEqual([ts]);
    });

    test('a limit is waited out, and leave is asked again after waiting', async () => {
      await using stage = await open();
      stage.failNext({ kind: 'rate-limited', retryAfterMs: 1_000 });
      let asked = 0;
      const mayPost = async (): Promise<boolean> => {
        asked += 1;
        expect(stage.said()).toEqual([]);
        return true;
      };
      await stage.sink.post(answer(stage), { ...within(stage), mayPost });
      expect(stage.said()).toHaveLength(1);
      expect(asked).toBe(2);
    });

    test('a limit beyond the deadline is an error that says when to come back', async () => {
      await using stage = await open();
      stage.failNext({ kind: 'rate-limited', retryAfterMs: 30_000 });
      await expect(stage.sink.post(answer(stage), within(stage))).rejects.toMatchObject({
        code: 'slack_rate_limited',
        retry: { kind: 'retryable', retryAfterMs: 30_000 },
      });
      expect(stage.said()).toEqual([]);
    });

    test('without leave nothing is posted', async () => {
      await using stage = await open();
      const mayPost = async (): Promise<boolean> => false;
      await expect(stage.sink.post(answer(stage), { ...within(stage), mayPost })).rejects.toMatchObject({
        code: 'lease_lost',
      });
      stage.failNext({ kind: 'rate-limited', retryAfterMs: 1_000 });
      let leave = true;
      const onlyOnce = async (): Promise<boolean> => {
        const given = leave;
        leave = false;
        return given;
      };
      await expect(stage.sink.post(answer(stage), { ...within(stage), mayPost: onlyOnce })).rejects.toMatchObject({
        code: 'lease_lost',
      });
      expect(stage.said()).toEqual([]);
    });

    test('a card is changed in place and loses its Stop', async () => {
      await using stage = await open();
      const card: Reply = { ...answer(stage), kind: 'card', text: 'working', stoppable: true };
      const ts = await stage.sink.post(card, within(stage));
      expect(stage.said()).toMatchObject([{ ts, text: expect.stringContaining('working'), hasStop: true }]);
      await stage.sink.update(ts, { ...card, text: 'done', stoppable: false });
      expect(stage.said()).toMatchObject([
        { ts, text: expect.stringContaining('done'), hasStop: false, deliveryId: 'd1', kind: 'card' },
      ]);
    });

    test('a card does not wait', async () => {
      await using stage = await open();
      stage.failNext({ kind: 'rate-limited', retryAfterMs: 1_000 });
      await expect(stage.sink.post({ ...answer(stage), kind: 'card' }, within(stage))).rejects.toMatchObject({
        code: 'slack_rate_limited',
      });
      expect(stage.said()).toEqual([]);
    });

    test('what is removed is gone, and removing it again is fine', async () => {
      await using stage = await open();
      const ts = await stage.sink.post(answer(stage), within(stage));
      await stage.sink.remove(stage.thread, ts);
      await stage.sink.remove(stage.thread, ts);
      expect(stage.said()).toEqual([]);
    });

    test('a whisper reaches one person', async () => {
      await using stage = await open();
      await stage.sink.whisper(stage.thread, stage.person, 'psst');
      expect(stage.whispered()).toEqual([expect.stringContaining('psst')]);
      expect(stage.said()).toEqual([]);
    });

    test('a thread is begun in the direct messages with a person, and answered in', async () => {
      await using stage = await open();
      const thread = await stage.sink.beginThread(stage.person, 'you asked for this');
      expect(stage.begun()).toEqual([{ thread, text: expect.stringContaining('you asked for this') }]);
      await expect(stage.sink.post({ ...answer(stage), thread }, within(stage))).resolves.toMatch(/^\d+\.\d+$/);
    });

    test('a thread has an address', async () => {
      await using stage = await open();
      const { channel, threadTs } = stage.thread;
      expect(await stage.sink.linkTo(stage.thread)).toMatch(
        new RegExp(`^https://[^/]+/archives/${channel}/p${threadTs.replace('.', '')}$`),
      );
    });
  });
}

function answer({ thread }: ReplySinkStage): Reply {
  return { thread, deliveryId: 'd1', kind: 'final', text: 'hello' };
}

function within({ thread }: ReplySinkStage): PostOptions {
  return { deadline: performance.now() + 10_000, since: thread.threadTs };
}

// The contract of the quiet signs in a thread: every adapter runs it.
import { describe, expect, test } from 'vitest';
import type { Thread } from '../session.ts';
import type { ThreadStatus } from '../thread-status.ts';

export type ThreadStatusWorld = AsyncDisposable & {
  readonly status: ThreadStatus;
  readonly thread: Thread;
  readonly person: string;
  /** What a person sees. */
  readonly seen: () => { readonly working: boolean; readonly line: string; readonly isMarked: boolean };
};

export function describeThreadStatus(name: string, open: () => Promise<ThreadStatusWorld>): void {
  describe(`thread status: ${name}`, () => {
    test('a thread works, says what goes on in one line, and rests without a trace', async () => {
      await using world = await open();
      const { status, thread, person, seen } = world;
      await status.working(thread, { title: 'fix the tests', user: person, message: thread.threadTs });
      await status.stage(thread, 'is starting…', thread.threadTs);
      await status.stage(thread, 'is working…', thread.threadTs);
      expect(seen()).toMatchObject({ working: true, line: 'is working…' });
      await status.rest(thread, thread.threadTs);
      expect(seen()).toEqual({ working: false, line: '', isMarked: false });
    });

    test('a mark is on or off, however often it is said', async () => {
      await using world = await open();
      const { status, thread, seen } = world;
      for (const on of [true, true, false, false]) {
        await status.mark(thread.channel, thread.threadTs, 'queued', on);
        expect(seen().isMarked).toBe(on);
      }
    });
  });
}

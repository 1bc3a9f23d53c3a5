// The quiet signs of threads, in memory, for unit tests.
import type { Thread } from '../session.ts';
import type { ThreadStatus } from '../thread-status.ts';

export type ThreadSigns = { readonly working: boolean; readonly title: string; readonly line: string };

export type MemoryThreadStatus = ThreadStatus & {
  of(thread: Thread): ThreadSigns;
  /** Every line that was shown in a thread, in order. */
  lines(thread: Thread): readonly string[];
  /** The ts of messages that bear the mark now. */
  marked(mark: 'queued'): readonly string[];
};

const NOTHING: ThreadSigns = { working: false, title: '', line: '' };

export function memoryThreadStatus(): MemoryThreadStatus {
  const signs = new Map<string, ThreadSigns>();
  const shown = new Map<string, string[]>();
  const marks = new Set<string>();
  const keyOf = ({ channel, threadTs }: Thread): string => `${channel}:${threadTs}`;
  const of = (thread: Thread): ThreadSigns => signs.get(keyOf(thread)) ?? NOTHING;
  const change = (thread: Thread, to: Partial<ThreadSigns>): void =>
    void signs.set(keyOf(thread), { ...of(thread), ...to });

  return {
    async working(thread, { title }) {
      change(thread, { working: true, title: of(thread).title || title });
    },
    async stage(thread, line) {
      change(thread, { line });
      if (line !== '') shown.set(keyOf(thread), [...(shown.get(keyOf(thread)) ?? []), line]);
    },
    async rest(thread) {
      change(thread, { working: false, line: '' });
    },
    async mark(...[, message, , on]: Parameters<ThreadStatus['mark']>) {
      if (on) marks.add(message);
      else marks.delete(message);
    },
    of,
    lines: (thread) => shown.get(keyOf(thread)) ?? [],
    marked: () => [...marks],
  };
}

// What the events of a turn carry: written by the stages, read by whoever shows progress.
import { z } from 'zod';

export const turnQueued = z.object({ ts: z.string() });

export const turnStarted = z.object({
  /** The message's Slack ts, and its first line. */
  ts: z.string(),
  title: z.string(),
  try: z.number(),
  /** Files are fetched first. */
  restoring: z.boolean(),
});

export const agentText = z.object({ text: z.string() });

/** The turn waits for its person; not any more. */
export const turnAsked = z.object({ isOpen: z.boolean() });

export const turnFinished = z.object({
  ts: z.string(),
  /** `withdrawn` never began; `handed_over` is run again by a successor; `parked` goes on with what its person decides. */
  stopReason: z.enum(['end_turn', 'canceled', 'failed', 'dead', 'withdrawn', 'handed_over', 'parked']),
  /** Whether more of the session waits. */
  more: z.boolean(),
});

export type TurnStarted = z.infer<typeof turnStarted>;
export type TurnFinished = z.infer<typeof turnFinished>;

// What a runner tells the world, in its versioned wrapper.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { SessionKey } from './session.ts';
import type { UserKey } from './user-key.ts';

const envelopeSchema = z.object({
  v: z.literal(1),
  id: z.string(),
  type: z.enum([
    'runner.started',
    'session.restored',
    'turn.queued',
    'turn.started',
    'agent.text',
    'turn.asked',
    'turn.finished',
    'session.checkpointed',
    'runner.exited',
  ]),
  /** Milliseconds since the epoch, on the runner's clock. */
  at: z.number(),
  userKey: z.custom<UserKey>((value) => typeof value === 'string'),
  session: z.custom<SessionKey>((value) => typeof value === 'string').optional(),
  /** The identity of the prompt that the turn answers. */
  turn: z.string().optional(),
  /** Counts up within one runner. */
  seq: z.number(),
  data: z.record(z.string(), z.unknown()),
});

/** The versioned envelope. Consumers meet nothing else. */
export type Envelope = z.infer<typeof envelopeSchema>;
export type EventType = Envelope['type'];

export type EventDraft = Pick<Envelope, 'type' | 'data'> & { session?: SessionKey; turn?: string };

/** Wraps events of one runner, numbering them. */
export function envelopeMaker(userKey: UserKey): (draft: EventDraft) => Envelope {
  let seq = 0;
  return (draft) => ({ v: 1, id: randomUUID(), at: Date.now(), userKey, seq: seq++, ...draft });
}

/** Returns undefined for what is no envelope of a version that this consumer knows: it is passed over, the stream goes on. */
export function decodeEnvelope(raw: string): Envelope | undefined {
  try {
    return envelopeSchema.parse(JSON.parse(raw));
  } catch {
    return undefined;
  }
}

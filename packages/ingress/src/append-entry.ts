// Stage, rules 1 and 2 of the delivery protocol: into the inbox, as durable as configured. A full inbox says so out loud.
import { takeStep, type Enqueue, type EnqueueAnswer, type InboxWriter, type Thread } from '@runnel/shared';
import type { ToldOnce } from './told-once.ts';
import type { Whisper } from './whisper.ts';

export type Appended = { readonly answer: EnqueueAnswer; readonly whisper?: Whisper };

export type AppendPorts = { readonly inbox: Pick<InboxWriter, 'enqueue'>; readonly told: ToldOnce };

/** Rejects when the entry may not be durable: Slack must not be acknowledged to then. */
export async function appendEntry(
  { request, thread }: { request: Enqueue; thread: Thread },
  { inbox, told }: AppendPorts,
  maxBacklog: number,
): Promise<Appended> {
  const { user, identity, payload } = request;
  const facts = { user, session: payload.session, identities: [identity] };
  const answer = await takeStep('enqueue', facts, () => inbox.enqueue(request));
  // A mention comes as two events, and a refused one leaves nothing in the inbox to know the second by.
  if (answer.verdict !== 'full' || !(await told.isFirstInDay(user, identity))) return { answer };
  const text = `${maxBacklog} of your messages are waiting already, so I did not take this one. Please send it again when I have caught up.`;
  return { answer, whisper: { thread, user: payload.author, text } };
}

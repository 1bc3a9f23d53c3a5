// Stage: one turn, from the counted try to the agent's last word. Nothing is done for an entry before its try is counted.
import { RunnelError } from '@runnel/shared';
import type { AgentEvent, StopReason } from '../agent/agent-provider.ts';
import { keepTrying } from '../keep-trying.ts';
import { lostLease } from '../lease/hold-lease.ts';
import { spoken, titleOf, withNotices } from '../progress/spoken-words.ts';
import type { TurnStarted } from '../progress/turn-events.ts';
import { checkpointMeanwhile } from './checkpoint-meanwhile.ts';
import { isDeadLetter } from './decide-try.ts';
import { relayText } from './relay-text.ts';
import type { Prompt, TurnParts } from './turn-parts.ts';

export type TurnOutcome =
  /** The entry is not in the inbox any more. */
  | { readonly kind: 'gone' }
  /** It ended its runner too often. */
  | { readonly kind: 'dead' }
  | { readonly kind: 'finished'; readonly stopReason: StopReason; readonly reply: string };

/** Aborting the signal cancels the turn; it is over when this resolves. */
export async function runTurn(parts: TurnParts, prompt: Prompt, cancel: AbortSignal): Promise<TurnOutcome> {
  const { lease, delivery } = parts;
  const begun = await keepTrying(() => delivery.begin(lease.holder, prompt), parts);
  if (begun.kind === 'lost') return lease.lose(lostLease('A turn could not begin: somebody else holds the lease.'));
  if (begun.kind === 'gone') return { kind: 'gone' };
  if (isDeadLetter(begun.n)) return { kind: 'dead' };
  const about = { session: prompt.session, turn: prompt.identity };
  const restoring = parts.files.needsRestore(prompt.session);
  const title = titleOf(parts.decode(prompt.text));
  const started: TurnStarted = { ts: prompt.ts, title, try: begun.n, restoring };
  parts.tell({ type: 'turn.started', ...about, data: started });
  try {
    const { directory, notices } = await parts.files.bringBack(prompt.session, cancel);
    if (restoring) parts.tell({ type: 'session.restored', ...about, data: { notices } });
    const finished = await runAgent(parts, { prompt, directory }, cancel);
    return { kind: 'finished', ...finished, reply: withNotices(finished.reply, notices) };
  } catch (reason) {
    parts.over.throwIfAborted();
    if (cancel.aborted) return { kind: 'finished', stopReason: 'canceled', reply: '' };
    const error = RunnelError.from(reason);
    parts.log.error({ err: error, turn: prompt.identity }, 'session could not be brought back');
    return { kind: 'finished', stopReason: 'failed', reply: spoken.notRestored(error.code) };
  }
}

type AgentWork = { readonly prompt: Prompt; readonly directory: { readonly files: string; readonly state: string } };

async function runAgent(
  parts: TurnParts,
  { prompt, directory }: AgentWork,
  cancel: AbortSignal,
): Promise<{ stopReason: StopReason; reply: string }> {
  if (cancel.aborted) return { stopReason: 'canceled', reply: '' };
  const endCheckpoints = checkpointMeanwhile(parts, prompt.session);
  using relay = relayText({ session: prompt.session, turn: prompt.identity }, parts.tell);
  const events: AsyncIterable<AgentEvent> = parts.provider.startTurn(
    {
      session: prompt.session,
      turn: prompt.identity,
      text: parts.decode(prompt.text),
      fileNames: prompt.fileNames,
      directory,
      onProcessGroup: (groupId) => parts.lease.watchGroup(groupId),
    },
    cancel,
  );
  try {
    for await (const event of events) {
      if (event.type === 'finished') return event;
      relay.add(event.text);
    }
    return { stopReason: 'failed', reply: spoken.noAnswer };
  } catch (reason) {
    // The port promises that this does not happen; a failure is never a silent success all the same.
    parts.log.error({ err: reason, turn: prompt.identity }, 'provider failed');
    return { stopReason: 'failed', reply: spoken.noAnswer };
  } finally {
    await endCheckpoints();
  }
}

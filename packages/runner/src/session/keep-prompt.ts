// Stage: a turn whose agent has no credential, or one that its model refuses, does not use its message up: that is held like what waits
// behind a Stop, under the same buttons, and marked: the next message of the thread has it run again before itself. The thread is noted for
// launchers, of which one that has a credential has it run by itself.
import type { HeldPrompt } from '../store/session-store.ts';
import type { TurnOutcome } from '../turn/run-turn.ts';
import { settle } from '../turn/settle-turn.ts';
import type { Prompt } from '../turn/turn-parts.ts';
import { answerKept } from './answer-lane.ts';
import type { ActiveTurn, FinishParts } from './finish-turn.ts';
import { heldOf } from './held-prompts.ts';
import { withEdits } from './prompt-queue.ts';

type Lacking = Extract<TurnOutcome, { kind: 'finished' }> & { readonly reason: 'credential' };

export function lacksCredential(outcome: TurnOutcome): outcome is Lacking {
  return outcome.kind === 'finished' && outcome.stopReason === 'failed' && outcome.reason === 'credential';
}

/** Covered and acknowledged with what it says; what was brought to life with it, or waits for that, would fail like it. */
export async function keepPrompt(parts: FinishParts, active: ActiveTurn, { reply: why }: Lacking): Promise<void> {
  const { session, queue, held, choices, asks } = parts;
  const { prompt } = active;
  const revived = queue.all.filter((one) => one.revivedBy !== undefined);
  queue.withdraw(revived);
  const { identity: by } = prompt.revivedBy ?? prompt;
  await noteKept(parts);
  const { change, holding } = held.keep(by, [...keptOf(prompt), ...revived.map(heldOf)]);
  await settle(parts, {
    session,
    entries: [...withEdits(prompt), ...choices.takeAll()],
    answer: answerKept(parts, prompt, { why, holding }),
    held: change,
    asked: asks.finish(active),
    save: true,
    card: parts.cardOf(prompt.identity),
  });
  parts.lackCredential();
}

/** For a launcher that has a credential. Where it cannot be noted, its person presses, or writes again. */
async function noteKept({ kept, lease, session, agents, log }: FinishParts): Promise<void> {
  const { user, generation } = lease.holder;
  const note = { user, session, agent: agents.nameOf(session), generation, id: crypto.randomUUID() };
  await kept.note(note).catch((error: unknown) => log.warn({ err: error, session }, 'kept message not noted'));
}

/** Of a turn that goes on with a decision it is its message, which is asked about anew; the words that decided come behind it. */
function keptOf(prompt: Prompt): HeldPrompt[] {
  const parked = prompt.resumes?.asked.prompt;
  if (parked === undefined) return [heldOf(prompt)];
  return parked.identity === prompt.message ? [parked] : [parked, heldOf(prompt)];
}

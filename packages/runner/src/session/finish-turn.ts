// Stage: what becomes of a prompt whose turn is over: answered, dead, stopped, parked, or left to a successor.
import type { EntryRef } from '@runnel/shared';
import type { Asked, HeldChange } from '../store/session-store.ts';
import { countTries } from '../turn/begin-turn.ts';
import type { TurnOutcome } from '../turn/run-turn.ts';
import { checkpoint, settle } from '../turn/settle-turn.ts';
import type { Prompt } from '../turn/turn-parts.ts';
import { answerPrompt, isStop, type Control, type PromptEnd } from './answer-lane.ts';
import type { HeldChoices } from './held-choices.ts';
import { holdBehind } from './hold-behind.ts';
import { keepPrompt, lacksCredential } from './keep-prompt.ts';
import type { LaneParts } from './lane-parts.ts';
import { withEdits } from './prompt-queue.ts';
import type { SessionAsks } from './session-asks.ts';

export type ActiveTurn = {
  readonly prompt: Prompt;
  readonly cancel: AbortController;
  /** Controls that canceled it and are answered with it. */
  readonly controls: Control[];
  /** Words to it that may yet be taken. It is not settled before they are, or are not. */
  readonly steering: Promise<void>[];
  /** Of these words the messages. */
  readonly words: Set<string>;
  /** Aborted with the agent's last word: what a word to it would bring along is not waited for. */
  readonly ended: AbortController;
  /** False from the agent's last word on: its answer is on the way. */
  isCancelable: boolean;
  /** What it waited for when it was parked. */
  parked?: Asked;
};

export function activeTurn(prompt: Prompt): ActiveTurn {
  const [cancel, ended] = [new AbortController(), new AbortController()];
  return { prompt, cancel, controls: [], steering: [], words: new Set(), ended, isCancelable: true };
}

export type FinishParts = LaneParts & {
  readonly choices: HeldChoices;
  readonly asks: SessionAsks;
  readonly isClosing: () => boolean;
  /** Prompts that came before that entry and are not answered. */
  readonly waitingBefore: (id: string) => Prompt[];
};

/** Resolves to the controls that it leaves to be looked at anew: they came when there was nothing left to cancel. */
export async function finishTurn(
  parts: FinishParts,
  active: ActiveTurn,
  outcome: TurnOutcome,
): Promise<readonly Control[]> {
  const { prompt, controls } = active;
  if (outcome.kind === 'gone') {
    letGo(parts, prompt);
    return controls;
  }
  const parked = controls.length === 0 ? active.parked : undefined;
  await parts.asks.turn.end(parked !== undefined);
  if (parked !== undefined) {
    await settleParked(parts, prompt, parked);
    parts.queue.tellFinished(prompt, 'parked');
    return [];
  }
  if (lacksCredential(outcome)) {
    await keepPrompt(parts, active, outcome);
    parts.queue.tellFinished(prompt, 'failed');
    return controls;
  }
  const reason = outcome.kind === 'dead' ? 'dead' : outcome.stopReason;
  if (reason === 'canceled' && controls.length === 0 && parts.isClosing()) {
    await checkpoint(parts, prompt);
    parts.queue.tellFinished(prompt, 'handed_over');
    return [];
  }
  // A turn that was over before the cancel reached it is answered; then there may be nothing left to stop.
  const acted = reason === 'canceled' ? controls : [];
  await settleAnswered(parts, active, { prompt, outcome, controls: acted });
  parts.queue.tellFinished(prompt, reason);
  return reason === 'canceled' ? [] : controls;
}

async function settleAnswered(parts: FinishParts, active: ActiveTurn, end: Omit<PromptEnd, 'holding'>): Promise<void> {
  const { prompt, outcome, controls } = end;
  const answered = await letGoOfHeld(parts, prompt);
  const stop = controls.findLast(isStop);
  const stopped = stop === undefined ? undefined : holdBehind(parts, { stop, stopped: parts.waitingBefore(stop.id) });
  const asked = parts.asks.finish(active);
  await settle(parts, {
    session: parts.session,
    entries: [...withEdits(prompt), ...(stopped?.entries ?? []), ...controls],
    answer: answerPrompt(parts, { ...end, holding: stopped?.holding }),
    held: (held) => (stopped?.held ?? same)(answered(held)),
    asked: stopped?.asked ?? asked,
    save: outcome.kind !== 'dead',
    message: prompt.message,
    card: parts.cardOf(prompt.identity),
    ...(outcome.kind === 'dead' ? { dead: 'too_many_tries' } : {}),
  });
  if (stopped !== undefined) await parts.asks.conclude(stopped.parked);
}

/** Without an answer: that comes from the turn of the decision. */
async function settleParked(parts: FinishParts, prompt: Prompt, parked: Asked): Promise<void> {
  await settle(parts, {
    session: parts.session,
    entries: withEdits(prompt),
    held: await letGoOfHeld(parts, prompt),
    asked: parts.asks.finish({ prompt }, parked),
    save: true,
    card: parts.cardOf(prompt.identity),
  });
}

/** Another id or another runner has it; what was to act on it is looked at anew. */
function letGo(parts: FinishParts, prompt: Prompt): void {
  if (prompt.resumes !== undefined) parts.asks.parked.giveBack(prompt.resumes.asked);
  if (prompt.revivedBy === undefined) withEdits(prompt).forEach(({ identity }: EntryRef) => parts.letGo(identity));
  else parts.choices.forget(prompt.revivedBy);
  parts.queue.tellFinished(prompt, 'withdrawn');
}

/** One that was held is answered now: the next one's tries count from this one on. */
async function letGoOfHeld(parts: FinishParts, prompt: Prompt): Promise<HeldChange> {
  if (prompt.revivedBy === undefined) return same;
  return parts.held.letGo(prompt.message, (await countTries(parts, prompt)) - 1);
}

const same: HeldChange = (held) => held;

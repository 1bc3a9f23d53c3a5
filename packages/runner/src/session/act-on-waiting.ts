// Stage: what an edit or a delete does at once to prompts that wait for their turn or for a choice, or that came too late.
import type { EntryRef } from '@runnel/shared';
import type { HeldChange } from '../store/session-store.ts';
import { settle } from '../turn/settle-turn.ts';
import type { Prompt } from '../turn/turn-parts.ts';
import { answerTooLate, type Control } from './answer-lane.ts';
import type { ControlDecision } from './decide-control.ts';
import type { LaneParts } from './lane-parts.ts';
import { withEdits } from './prompt-queue.ts';

export type WaitingDecision = Exclude<ControlDecision, { kind: 'cancel' | 'stop' | 'withdraw_parked' }>;

/** Undefined: it goes with the prompt it acted on. */
export function actOnWaiting(parts: LaneParts, control: Control, decision: WaitingDecision): Promise<void> | undefined {
  const { session, queue, held } = parts;
  const settleSilently = (entries: readonly EntryRef[], change?: HeldChange): Promise<void> =>
    settle(parts, { session, entries, held: change, save: false });
  const target = 'target' in decision ? queue.before(control.id).filter(speaksOf(decision.target)) : [];
  switch (decision.kind) {
    case 'replace':
      // It stays in the inbox with its prompt, so that it changes it again after a crash.
      for (const { edits } of replaced(target, decision.text)) {
        edits.push({ id: control.id, identity: control.identity });
      }
      return undefined;
    case 'replace_held':
      replaced(target, decision.text);
      return settleSilently([control], held.changeText(decision.target, decision.text));
    case 'withdraw':
      queue.withdraw(target);
      return settleSilently([...target.flatMap(withEdits), control]);
    case 'withdraw_held':
      queue.withdraw(target);
      // Covered, too, what was about to run: the message may be what stands in the inbox for others.
      return settleSilently([...target, control], held.letGo(decision.target));
    case 'too_late_to_edit':
      return settle(parts, { session, entries: [control], answer: answerTooLate(control), save: false });
    case 'nothing':
      return settleSilently([control]);
  }
}

function speaksOf(message: string): (prompt: Prompt) => boolean {
  return (prompt) => prompt.message === message;
}

function replaced(prompts: readonly Prompt[], text: string): readonly Prompt[] {
  for (const prompt of prompts) prompt.text = text;
  return prompts;
}

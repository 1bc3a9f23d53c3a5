// Policy: what a control entry does to the prompts of its session that came before it.
import type { ControlPayload } from '@runnel/shared';

export type LaneFacts = {
  /** Messages whose prompts came before the control and are not answered, in their order. */
  readonly queued: readonly string[];
  /** The message whose prompt came before the control and whose turn can still be canceled. */
  readonly running: string | undefined;
  /** Messages whose prompts are held, whether or not they are about to run. */
  readonly held: readonly string[];
  /** Messages whose turns are parked: their person has not decided, or the decision waits for its turn. */
  readonly parked: readonly string[];
};

export type ControlDecision =
  /** The running turn is canceled; the control is answered together with it. */
  | { readonly kind: 'cancel' }
  /** Answered with a message; what waits is held. */
  | { readonly kind: 'stop' }
  /** Taken back without a word. */
  | { readonly kind: 'withdraw' | 'withdraw_held'; readonly target: string }
  | { readonly kind: 'withdraw_parked'; readonly target: string }
  | { readonly kind: 'replace' | 'replace_held'; readonly target: string; readonly text: string }
  | { readonly kind: 'too_late_to_edit' }
  /** Answered long ago, or gone: covered without a word. */
  | { readonly kind: 'nothing' };

/**
 * What is chosen about held prompts is `decide-choice.ts`, what has those without a credential run `held-choices.ts`, what is decided
 * about asks `decide-decision.ts`; what is pressed about a turn's work changes no prompt.
 */
export type ActingControl = Exclude<
  ControlPayload,
  { type: 'run_now' | 'run_kept' | 'discard' | 'decision' | 'open_pull_request' | 'show_diff' }
>;

export function decideControl(control: ActingControl, facts: LaneFacts): ControlDecision {
  switch (control.type) {
    case 'stop':
      return facts.running === undefined ? { kind: 'stop' } : { kind: 'cancel' };
    case 'edit':
      return decideEdit(control, facts);
    case 'delete':
      return decideDelete(control, facts);
  }
}

type Targeting<Type extends ActingControl['type']> = Extract<ActingControl, { type: Type }>;

function decideEdit(
  { target, text }: Targeting<'edit'>,
  { running, held, parked, queued }: LaneFacts,
): ControlDecision {
  if (target === running || parked.includes(target)) return { kind: 'too_late_to_edit' };
  if (held.includes(target)) return { kind: 'replace_held', target, text };
  return queued.includes(target) ? { kind: 'replace', target, text } : { kind: 'nothing' };
}

function decideDelete({ target }: Targeting<'delete'>, { running, held, parked, queued }: LaneFacts): ControlDecision {
  if (target === running) return { kind: 'cancel' };
  if (parked.includes(target)) return { kind: 'withdraw_parked', target };
  if (held.includes(target)) return { kind: 'withdraw_held', target };
  return queued.includes(target) ? { kind: 'withdraw', target } : { kind: 'nothing' };
}

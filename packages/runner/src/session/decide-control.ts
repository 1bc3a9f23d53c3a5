// Policy: what a control entry does to the prompts of its session that came before it.
import type { ControlPayload } from '@runnel/shared';

export type LaneFacts = {
  /** Identities of prompts that came before the control and are not answered, in their order. */
  readonly queued: readonly string[];
  /** The prompt that came before the control and whose turn can still be canceled. */
  readonly running: string | undefined;
};

export type ControlDecision =
  /** The running turn is canceled; the control is answered together with it. */
  | { readonly kind: 'cancel' }
  /** Answered with a message, together with these queued prompts; none: there was nothing to act on. */
  | { readonly kind: 'stop'; readonly withdrawn: readonly string[] }
  /** Taken back without a word. */
  | { readonly kind: 'withdraw'; readonly target: string }
  | { readonly kind: 'replace'; readonly target: string }
  | { readonly kind: 'too_late_to_edit' }
  /** Answered long ago, or gone: covered without a word. */
  | { readonly kind: 'nothing' };

export function decideControl(control: ControlPayload, { queued, running }: LaneFacts): ControlDecision {
  if (control.type === 'stop') return running === undefined ? { kind: 'stop', withdrawn: queued } : { kind: 'cancel' };
  const { target } = control;
  const isQueued = queued.includes(target);
  if (control.type === 'delete') {
    if (target === running) return { kind: 'cancel' };
    return isQueued ? { kind: 'withdraw', target } : { kind: 'nothing' };
  }
  if (target === running) return { kind: 'too_late_to_edit' };
  return isQueued ? { kind: 'replace', target } : { kind: 'nothing' };
}

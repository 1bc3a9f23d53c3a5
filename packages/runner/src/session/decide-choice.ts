// Policy: what a press on Run now or Discard does. Its button may be an old one.

export type ChoiceFacts = {
  /** The stop that holds something, unless somebody has chosen about it already. */
  readonly openTo: string | undefined;
  /** This very entry has revived held prompts before, and some of them were answered. */
  readonly hasBegun: boolean;
};

export type ChoiceDecision =
  /** What is held takes its turns; the entry stays in the inbox for it. */
  | 'revive'
  /** What is held is forgotten. */
  | 'discard'
  | 'too_late';

/** `target` is the identity of the stop that the button stands for. */
export function decideChoice(
  choice: { readonly type: 'run_now' | 'discard'; readonly target: string },
  { openTo, hasBegun }: ChoiceFacts,
): ChoiceDecision {
  if (hasBegun) return 'revive';
  if (openTo !== choice.target) return 'too_late';
  return choice.type === 'run_now' ? 'revive' : 'discard';
}

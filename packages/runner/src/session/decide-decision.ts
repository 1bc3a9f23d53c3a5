// Policy: what a press under an ask does. Its card may be an old one, and the press a second one.
import type { ControlPayload } from '@runnel/shared';
import type { Ask, Decision } from '../agent/agent-provider.ts';

export type DecisionFacts = {
  /** The ask that it names, where that is still undecided. */
  readonly asked: { readonly ask: Ask; readonly at: number; readonly isParked: boolean } | undefined;
  readonly permissionTimeoutMs: number;
};

export type DecisionOutcome =
  /** The turn that waits for it goes on. */
  | { readonly kind: 'answer'; readonly decision: Decision }
  /** It takes a turn itself. */
  | { readonly kind: 'resume'; readonly decision: Decision }
  | { readonly kind: 'expired' }
  | { readonly kind: 'too_late' };

type Pressed = Pick<Extract<ControlPayload, { type: 'decision' }>, 'chosen' | 'at'>;

/** By when it was pressed: how long a pod took to wake is not the person's fault. */
export function decideDecision(
  { chosen, at }: Pressed,
  { asked, permissionTimeoutMs }: DecisionFacts,
): DecisionOutcome {
  const decision = asked === undefined ? undefined : readDecision(asked.ask, chosen);
  if (asked === undefined || decision === undefined) return { kind: 'too_late' };
  if (!asked.isParked) return { kind: 'answer', decision };
  return at - asked.at > permissionTimeoutMs ? { kind: 'expired' } : { kind: 'resume', decision };
}

/** Undefined for a button that this ask has not. */
function readDecision(ask: Ask, chosen: Pressed['chosen']): Decision | undefined {
  if (chosen === 'deny') return { kind: 'deny' };
  if (ask.kind === 'permission') {
    return typeof chosen === 'string' ? { kind: 'allow', always: chosen === 'always' } : undefined;
  }
  const text = typeof chosen === 'number' ? ask.choices[chosen] : readWritten(ask, chosen);
  return text === undefined ? undefined : { kind: 'answer', text };
}

/** Only a question without choices has a line to write in. */
function readWritten({ choices }: Extract<Ask, { kind: 'question' }>, chosen: Pressed['chosen']): string | undefined {
  return typeof chosen === 'object' && choices.length === 0 ? chosen.text : undefined;
}

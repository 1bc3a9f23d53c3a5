// What a session's entries are answered with: words, and the delivery id they are found by again.
import type { ControlPayload, EntryRef } from '@runnel/shared';
import { sayStopped, spoken } from '../progress/spoken-words.ts';
import type { TurnOutcome } from '../turn/run-turn.ts';
import type { Spoken } from '../turn/settle-turn.ts';
import type { Prompt, TurnParts } from '../turn/turn-parts.ts';

export type Control = EntryRef & { readonly payload: ControlPayload };

export type PromptEnd = {
  readonly prompt: Prompt;
  readonly outcome: Exclude<TurnOutcome, { kind: 'gone' }>;
  /** What canceled it; empty when nothing did. */
  readonly controls: readonly Control[];
  readonly withdrawn: readonly Prompt[];
};

/** Clocks of ingress and Slack may differ by this much where a control has no Slack ts of its own. */
const CLOCK_DIFFERENCE_MS = 300_000;

export function replyId(identity: string): string {
  return `reply:${identity}`;
}

export function answerPrompt(
  { decode }: Pick<TurnParts, 'decode'>,
  { prompt, outcome, controls, withdrawn }: PromptEnd,
): Spoken {
  const to = { deliveryId: replyId(prompt.identity), kind: 'final' as const, since: prompt.ts };
  if (outcome.kind === 'dead') return { ...to, text: spoken.deadLetter };
  const stop = controls.findLast((control) => control.payload.type === 'stop');
  if (stop !== undefined) {
    const texts = withdrawn.map((one) => decode(one.text));
    const text = [sayStopped(stop.payload.author, texts), outcome.reply].filter((part) => part !== '').join('\n\n');
    return { ...to, text, mention: stop.payload.author };
  }
  if (controls.length > 0) return { ...to, text: spoken.canceledByDelete };
  return { ...to, text: outcome.reply };
}

/** For a stop that met no running turn. */
export function answerStop({ decode }: Pick<TurnParts, 'decode'>, stop: Control, withdrawn: readonly Prompt[]): Spoken {
  const [first] = withdrawn;
  const deliveryId = replyId(stop.identity);
  if (first === undefined) return { deliveryId, kind: 'notice', text: spoken.nothingToStop, since: sinceOf(stop) };
  const text = sayStopped(
    stop.payload.author,
    withdrawn.map((one) => decode(one.text)),
  );
  return { deliveryId, kind: 'final', text, mention: stop.payload.author, since: first.ts };
}

export function answerTooLate(edit: Control): Spoken {
  return { deliveryId: replyId(edit.identity), kind: 'notice', text: spoken.editWhileRunning, since: sinceOf(edit) };
}

function sinceOf({ payload }: Control): string {
  return (Math.max(0, payload.at - CLOCK_DIFFERENCE_MS) / 1_000).toFixed(6);
}

// What a session's entries are answered with: words, and the delivery id they are found by again.
import type { ControlPayload, EntryRef, ReplyButton } from '@runnel/shared';
import { titleOfMessage } from '../progress/file-words.ts';
import { sayDiscarded, sayKept, sayStopped, spoken } from '../progress/spoken-words.ts';
import type { Asked, HeldPrompt } from '../store/session-store.ts';
import type { TurnOutcome } from '../turn/run-turn.ts';
import type { Spoken } from '../turn/settle-turn.ts';
import type { Prompt, TurnParts } from '../turn/turn-parts.ts';
import { workButtons } from '../turn/work-buttons.ts';
import type { Holding } from './held-prompts.ts';

export type Control = EntryRef & { readonly payload: ControlPayload };
/** Of what is held. */
export type Choice = EntryRef & { readonly payload: Extract<ControlPayload, { type: 'run_now' | 'discard' }> };

/** What was kept may run. */
export type RunKept = EntryRef & { readonly payload: Extract<ControlPayload, { type: 'run_kept' }> };

/** On what an agent asked. */
export type AskDecision = EntryRef & { readonly payload: Extract<ControlPayload, { type: 'decision' }> };

export type PromptEnd = {
  readonly prompt: Prompt;
  readonly outcome: Exclude<TurnOutcome, { kind: 'gone' }>;
  /** What canceled it; empty when nothing did. */
  readonly controls: readonly Control[];
  readonly holding: Holding | undefined;
};

/** Clocks of ingress and Slack may differ by this much where a control has no Slack ts of its own. */
const CLOCK_DIFFERENCE_MS = 300_000;

type Decoding = Pick<TurnParts, 'decode'>;

/** A turn that goes on answers the prompt that was parked. */
function answerId({ identity, resumes }: Prompt): string {
  return replyId(resumes?.asked.prompt.identity ?? identity);
}

export function replyId(identity: string): string {
  return `reply:${identity}`;
}

export function isStop({ payload }: Control): boolean {
  return payload.type === 'stop';
}

/** An answer in the shape it had when these were settled, where it may have to be posted again. Whom it mentions, it names. */
export function shapeAgain(
  reply: string,
  { controls, prompts }: { readonly controls: readonly Control[]; readonly prompts: readonly EntryRef[] },
  openTo: string | undefined,
): Pick<Spoken, 'mention' | 'buttons'> {
  const named = controls.find(({ payload }) => reply.includes(`<@${payload.author}>`));
  const by = [...prompts, ...controls].find(({ identity }) => identity === openTo);
  return {
    ...(named === undefined ? {} : { mention: named.payload.author }),
    ...(by === undefined ? {} : { buttons: choices(by.identity) }),
  };
}

/** What may be chosen about the prompts that this entry holds. */
function choices(by: string): readonly ReplyButton[] {
  return [
    { action: 'run_now', value: by },
    { action: 'discard', value: by },
  ];
}

export function answerPrompt(decoding: Decoding, { prompt, outcome, controls, holding }: PromptEnd): Spoken {
  const to = { deliveryId: answerId(prompt), kind: 'final' as const, since: prompt.ts };
  if (outcome.kind === 'dead') return { ...to, text: spoken.deadLetter };
  const stop = controls.findLast(isStop);
  if (stop !== undefined) return { ...to, ...tellStopped(decoding, stop, { holding, output: outcome.reply }) };
  if (controls.length > 0) return { ...to, text: spoken.canceledByDelete };
  const buttons = workButtons(outcome.range);
  return { ...to, text: outcome.reply, range: outcome.range, ...(buttons === undefined ? {} : { buttons }) };
}

/** `why` it was not run, and who does what about it. */
export function answerKept(
  { decode }: Decoding,
  prompt: Prompt,
  { why, holding }: { readonly why: string; readonly holding: Holding },
): Spoken {
  const titles = (some: readonly HeldPrompt[]): string[] =>
    some.map(({ text, fileNames }) => titleOfMessage(decode(text), fileNames));
  const { held, dropped, by } = holding;
  const [kept, waits] = [held.filter(({ lacks }) => lacks), held.filter(({ lacks }) => !lacks)];
  const said = sayKept({ kept: titles(kept), waits: titles(waits), dropped: titles(dropped) });
  return {
    deliveryId: answerId(prompt),
    kind: 'final',
    since: prompt.ts,
    text: `${why}\n\n${said}`,
    ...(held.length === 0 ? {} : { buttons: choices(by) }),
  };
}

/** For a stop that met no running turn. Parked is what it took back. */
export function answerStop(
  decoding: Decoding,
  stop: Control,
  { holding, parked }: { readonly holding: Holding | undefined; readonly parked: readonly Asked[] },
): Spoken {
  const deliveryId = replyId(stop.identity);
  const isNothing = holding === undefined && parked.length === 0;
  if (isNothing) return { deliveryId, kind: 'notice', text: spoken.nothingToStop, since: sinceOf(stop) };
  return { deliveryId, kind: 'final', since: sinceOf(stop), ...tellStopped(decoding, stop, { holding, output: '' }) };
}

const tooLate: Readonly<Partial<Record<ControlPayload['type'], string>>> = {
  edit: spoken.editWhileRunning,
  decision: spoken.oldQuestion,
};

export function answerTooLate({ identity, payload }: Control): Spoken {
  const text = tooLate[payload.type] ?? spoken.oldButton;
  return { deliveryId: replyId(identity), kind: 'notice', text, since: sinceOf({ payload }) };
}

export function answerDiscard({ decode }: Decoding, discard: Choice, discarded: readonly HeldPrompt[]): Spoken {
  const texts = discarded.map((prompt) => titleOfMessage(decode(prompt.text), prompt.fileNames));
  const { identity, payload } = discard;
  return {
    deliveryId: replyId(identity),
    kind: 'notice',
    text: sayDiscarded(payload.author, texts),
    mention: payload.author,
    since: payload.message,
  };
}

function tellStopped(
  { decode }: Decoding,
  { payload }: Control,
  { holding, output }: { holding: Holding | undefined; output: string },
): Pick<Spoken, 'text' | 'mention' | 'buttons'> {
  const held = (holding?.held ?? []).map((prompt) => titleOfMessage(decode(prompt.text), prompt.fileNames));
  const dropped = (holding?.dropped ?? []).map((prompt) => titleOfMessage(decode(prompt.text), prompt.fileNames));
  return {
    text: sayStopped(payload.author, { output, held, dropped }),
    mention: payload.author,
    ...(holding === undefined || held.length === 0 ? {} : { buttons: choices(holding.by) }),
  };
}

function sinceOf({ payload }: Pick<Control, 'payload'>): string {
  return (Math.max(0, payload.at - CLOCK_DIFFERENCE_MS) / 1_000).toFixed(6);
}

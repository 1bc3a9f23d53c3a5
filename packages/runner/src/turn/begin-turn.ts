// Stage: counts one try of a prompt. For one that was held, the entry that revived it stands in the inbox and is counted.
import { takeStep, type BeginAnswer, type EntryRef } from '@runnel/shared';
import { keepTrying } from '../keep-trying.ts';
import type { Prompt, TurnParts } from './turn-parts.ts';

/** The tries of a revived prompt are its own: those of the ones before it are taken off. */
export async function beginTurn(parts: TurnParts, prompt: Prompt): Promise<BeginAnswer> {
  const { lease, delivery } = parts;
  const facts = { ...lease.holder, session: prompt.session, identities: [prompt.identity] };
  const answer = await keepTrying(
    () => takeStep('begin', facts, () => delivery.begin(lease.holder, entryOf(prompt))),
    parts,
  );
  return answer.kind === 'try' ? { kind: 'try', n: answer.n - triesOfOthers(parts, prompt) } : answer;
}

export async function triesSoFar(parts: TurnParts, prompt: Prompt): Promise<number> {
  return (await countTries(parts, prompt)) - triesOfOthers(parts, prompt);
}

/** Of the entry in the inbox, whoever's they were. */
export function countTries({ delivery, lease, ...parts }: TurnParts, prompt: Prompt): Promise<number> {
  return keepTrying(() => delivery.tries(lease.holder.user, entryOf(prompt).id), parts);
}

function entryOf(prompt: Prompt): EntryRef {
  return prompt.revivedBy ?? prompt;
}

function triesOfOthers({ manifest }: TurnParts, { session, revivedBy }: Prompt): number {
  return revivedBy === undefined ? 0 : (manifest.session(session)?.held?.triesBefore ?? 0);
}

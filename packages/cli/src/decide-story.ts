// Policy: which steps of a person's trace belong to the story of one of their messages.
import type { StepRecord } from '@runnel/shared';
import { isAbout } from './is-about.ts';

/** Its own steps, those of its thread's files, and what happened to the runner between its append and its acknowledgement. */
export function decideStory(records: readonly StepRecord[], identity: string): StepRecord[] {
  const own = records.filter((record) => isAbout(record, identity));
  const [first] = own;
  if (first === undefined) return [];
  const session = own.find((record) => record.session !== undefined)?.session;
  const from = own.some(({ step }) => step === 'enqueue') ? first.at : Math.min(first.at, writtenAt(identity));
  const end = own.findLast((record) => record.step === 'acknowledge' && record.outcome === 'ok');
  const until = end === undefined ? Infinity : end.at + (end.ms ?? 0);
  return records.filter((record) => {
    if (isAbout(record, identity)) return true;
    if (record.at < from || record.at > until) return false;
    return isOfNobody(record) && (record.session === undefined || record.session === session);
  });
}

/** Where its append left no record: the time in a message's identity, by Slack's clock. */
function writtenAt(identity: string): number {
  return Number(/:(\d+\.\d+)$/.exec(identity)?.[1] ?? Infinity) * 1_000;
}

/** Of the runner, not of another message. A manifest write that covers nothing says no session. */
function isOfNobody({ identities = [], step }: StepRecord): boolean {
  return identities.length === 0 && step !== 'manifest';
}

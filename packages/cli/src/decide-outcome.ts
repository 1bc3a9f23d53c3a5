// Policy: how a message ended that is in no inbox any more, or never was in one.
import { errorCatalog, type StepRecord } from '@runnel/shared';
import { faultOf } from './fault-of.ts';
import { isAbout } from './is-about.ts';
import type { MessageFacts, Verdict } from './message-facts.ts';
import { sayDuration } from './say-duration.ts';
import { sayTime } from './say-time.ts';

export function decideOutcome({ dead, records, identity, isSeen }: MessageFacts): Verdict {
  if (dead !== undefined) return deadLetter(dead);
  const own = records.filter((record) => isAbout(record, identity));
  const acknowledged = own.findLast(({ step, outcome }) => step === 'acknowledge' && outcome === 'ok');
  if (acknowledged !== undefined) return acknowledgedAs(own, acknowledged);
  if (isSeen) {
    const sentence =
      'It was taken and is done with, but its trace has no acknowledgement: what could not be written when it happened is missing.';
    return { state: 'settled', sentence };
  }
  return neverTaken(own.findLast(({ step }) => step === 'enqueue'));
}

/** Its inbox does not know it. */
function neverTaken(enqueued: StepRecord | undefined): Verdict {
  if (enqueued === undefined) return { state: 'unknown', sentence: 'Unknown: its trace is gone.' };
  switch (enqueued.outcome) {
    case 'full':
      return {
        state: 'settled',
        sentence: 'It was refused, and its writer told so: too many messages waited (INBOX_LIMIT).',
      };
    case 'queued':
    case 'duplicate':
      return {
        state: 'unknown',
        sentence:
          'It was taken, but Redis knows nothing of it any more: a failover forgot it, or SEEN_DURATION is over.',
      };
    default:
      return {
        state: 'unknown',
        sentence: `Ingress could not append it (${faultOf(enqueued)}); Slack delivers it again.`,
      };
  }
}

function deadLetter({ cause, at }: { cause: string; at: number }): Verdict {
  const known = Object.entries(errorCatalog).find(([code]) => code === cause)?.[1];
  const why = known === undefined ? cause : `${cause}: ${known.meaning} ${known.action}`;
  return { state: 'dead_letter', sentence: `It was set aside as a dead letter at ${sayTime(at)} (${why})` };
}

function acknowledgedAs(own: readonly StepRecord[], acknowledged: StepRecord): Verdict {
  const posted = own.findLast(({ step, ms }) => step === 'post' && ms !== undefined);
  const begun = own.findLast(({ step, outcome }) => step === 'begin' && outcome === 'try');
  if (begun !== undefined && begun.at > Math.max(acknowledged.at, posted?.at ?? 0)) return revived(begun);
  if (posted !== undefined && posted.outcome !== 'ok') {
    return {
      state: 'settled',
      sentence: `Slack refuses the answer (${faultOf(posted)}), so it stands in the manifest alone.`,
    };
  }
  if (posted !== undefined) return answered(own, posted, begun);
  const how = begun === undefined ? NO_TURN : PARKED;
  return { state: 'settled', sentence: `It was done with at ${sayTime(endOf(acknowledged))}${how}.` };
}

const PARKED =
  ', and nothing was said yet: its agent asked something, so its answer comes with what its person decides';

const NO_TURN =
  ', without a turn of its own: a Stop held it or took it back, or it is a Stop, an edit, a delete or a choice itself';

function answered([first]: readonly StepRecord[], posted: StepRecord, begun: StepRecord | undefined): Verdict {
  const at = endOf(posted);
  const took = sayDuration(at - (first?.at ?? at));
  const tries = (begun?.try ?? 1) > 1 ? `, at try ${begun?.try}` : '';
  const how = begun === undefined ? NO_TURN : tries;
  return { state: 'answered', sentence: `It was answered at ${sayTime(at)}, ${took} after it came${how}.` };
}

/** It was acknowledged with the Stop, and has an identity of its own for its turn. */
function revived({ at, try: n = 1 }: StepRecord): Verdict {
  const sentence = `A Stop held it until somebody chose to have it run; its turn was begun at ${sayTime(at)}, try ${n}.`;
  return { state: 'working', sentence };
}

function endOf({ at, ms = 0 }: StepRecord): number {
  return at + ms;
}

// Policy: how a message stands, and what one that is not answered yet waits for. Every fact and the time come in as arguments.
import type { StepRecord } from '@runnel/shared';
import { decideOutcome } from './decide-outcome.ts';
import { faultOf } from './fault-of.ts';
import { isAbout } from './is-about.ts';
import type { MessageFacts, Verdict, WaitingEntry } from './message-facts.ts';
import { sayName, type MessageName } from './read-message-name.ts';
import { sayDuration } from './say-duration.ts';

const DAY_MS = 24 * 3600 * 1000;
/** The try after this one runs alone in the pod. */
const TRIES_BESIDE_OTHERS = 2;

const NOBODY = 'Nobody serves it: no launcher is running. Once one runs it finds the message by itself.';
const SWEEPER = 'within SWEEP_INTERVAL, 3 s unless it is set otherwise';

/** `records` are those of the message's story. */
export function decideWaitingFor(facts: MessageFacts): Verdict {
  const { entry, lease } = facts;
  if (entry === undefined) return decideOutcome(facts);
  if (lease.state === 'running' && lease.deadline >= lease.now) return served(facts, entry);
  const tries = entry.tries === 0 ? '' : ` It was begun ${times(entry.tries)} before.`;
  return { state: 'waiting', sentence: `${withoutRunner(facts)}${tries}` };
}

/** Of a message that nobody's inbox knows. */
export function decideUnknown(name: MessageName, now: number): Verdict {
  const isOld = name.kind === 'message' && now - Number(name.ts) * 1_000 > DAY_MS;
  const sentence = isOld
    ? 'Unknown: it is older than a day, and what happened is kept for a day.'
    : `It was never seen: nothing about ${sayName(name)} came within a day. It was not for the bot, its writer or its channel is not allowed, Slack did not deliver it, or no ingress was running.`;
  return { state: 'unknown', sentence };
}

function withoutRunner(facts: MessageFacts): string {
  const { lease, fleet } = facts;
  if (lease.state === 'launching') return launching(facts);
  if (lease.state === 'running') {
    const silent = `${runnerOf(facts)} has not renewed its lease, which ran out ${sayDuration(lease.now - lease.deadline)} ago`;
    return fleet.launchers === 0 ? `${silent}. ${NOBODY}` : `${silent}; the sweeper launches the next one ${SWEEPER}.`;
  }
  if (lease.notBefore > lease.now) return backingOff(facts);
  return fleet.launchers === 0 ? NOBODY : `Nobody serves it; the sweeper launches a runner ${SWEEPER}.`;
}

function launching({ fleet, lease }: MessageFacts): string {
  const { launchers, place, waiting, cap, live, stage } = fleet;
  if (launchers === 0) return NOBODY;
  if (stage !== undefined) {
    const since = sayDuration(lease.now - stage.since);
    return `A launcher has its launch (generation ${lease.generation}) in hand: ${stage.stage}, for ${since}.`;
  }
  if (place === undefined) {
    return `Its launch (generation ${lease.generation}) has no place in the queue; the sweeper adds it ${SWEEPER}.`;
  }
  const turn = `It waits for its turn: place ${place} of ${waiting}`;
  return live >= cap
    ? `${turn}, the cap of ${cap} runners is reached.`
    : `${turn}, ${live} of at most ${cap} runners are there; a launcher takes it next.`;
}

function backingOff({ lease, records, isCircuitOpen, fleet }: MessageFacts): string {
  const cause = records.findLast(({ step, source = '' }) => step === 'end' && source !== '')?.source;
  const failed = `Its runner failed ${times(lease.failures)} in a row${cause === undefined ? '' : ` (${cause})`}`;
  const next = `the next one starts in ${sayDuration(lease.notBefore - lease.now)}`;
  const circuit = isCircuitOpen ? ' Starts are far apart now; the message is kept.' : '';
  return `${failed}; ${next}.${circuit}${fleet.launchers === 0 ? ` ${NOBODY}` : ''}`;
}

/** Its person's runner is awake. */
function served(facts: MessageFacts, entry: WaitingEntry): Verdict {
  const { lease, records, identity } = facts;
  const ofRunner = records.filter(({ generation }) => generation === lease.generation);
  const begun = ofRunner.findLast((record) => record.step === 'begin' && isAbout(record, identity));
  if (begun?.outcome !== 'try') return { state: 'waiting', sentence: notBegun(facts, entry, begun) };
  return { state: 'working', sentence: `${atWork(facts, ofRunner)} It is try ${begun.try ?? entry.tries}.` };
}

function notBegun(facts: MessageFacts, entry: WaitingEntry, begun: StepRecord | undefined): string {
  if (begun?.why !== undefined) return `${runnerOf(facts)} cannot begin it (${faultOf(begun)}), and tries again.`;
  if (entry.ahead > 0) {
    const before = entry.ahead === 1 ? 'the message' : `the ${entry.ahead} messages`;
    return `It waits for ${before} before it in its thread. ${runnerOf(facts)} is awake.`;
  }
  if (entry.tries === TRIES_BESIDE_OTHERS) {
    return `It ended its runner twice, so its third try waits until it can run alone. ${runnerOf(facts)} is awake.`;
  }
  return `${runnerOf(facts)} is awake and has not begun it: it just came, or other threads have all turns (RUNNER_TURN_CONCURRENCY).`;
}

/** `records` of this runner, which begins a message once, oldest first. */
function atWork(facts: MessageFacts, records: readonly StepRecord[]): string {
  const runner = runnerOf(facts);
  const underWay = records.filter(({ ms }) => ms === undefined);
  const open = underWay.find(({ step }) => step === 'run') ?? underWay.at(-1);
  if (open !== undefined) {
    const what = DOING[open.step] ?? `is at ${open.step}`;
    return `${runner} ${what} for ${sayDuration(facts.lease.now - open.at)}.`;
  }
  const last = records.at(-1);
  if (last?.why !== undefined && last.step === 'post') {
    return `Its answer is ready, but Slack does not take it (${faultOf(last)}). ${runner} posts it again.`;
  }
  if (last?.why !== undefined) return `${runner} cannot go on at ${last.step} (${faultOf(last)}), and tries again.`;
  return `${runner} is at work on it; the last step was ${last?.step ?? 'begin'}.`;
}

const DOING: Partial<Record<StepRecord['step'], string>> = {
  restore: 'has been bringing back its session',
  run: 'has been running its turn',
  archive: 'has been saving its session',
  manifest: 'has been writing down its answer',
  post: 'has its answer and has been posting it',
};

function runnerOf({ lease }: MessageFacts): string {
  return `Its runner (generation ${lease.generation}, pod ${lease.owner})`;
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`;
}

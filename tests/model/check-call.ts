// The contract of each script, as the page has it: what a call may have done to the keys, and what it must have answered.
import type { Call, Outcome, ScriptSettings, Verb } from './calls.ts';
import { isHeldBy, isLive, type Keys } from './keys.ts';
import { has, isSame, messageOf, type Name } from './messages.ts';

export type Called = {
  readonly before: Keys;
  readonly call: Call;
  readonly after: Keys;
  readonly answer: Outcome['answer'];
};

/** A promise that is broken where the condition holds. */
type Promised = readonly [isBroken: boolean, what: string];
type Check = (called: Called, settings: ScriptSettings) => readonly Promised[];

/** What was broken, in words; undefined when all is as it should be. */
export function checkCall(called: Called, settings: ScriptSettings): string | undefined {
  const promises = [...CHECKS[called.call.verb], checkTries].flatMap((check) => check(called, settings));
  return promises.find(([isBroken]) => isBroken)?.[1];
}

const checkEnqueue: Check = ({ before, call, after, answer }, { maxBacklog }) => {
  const name = call.words?.[0] as Name;
  const isKnown = before.seen.some((one) => one.name === name);
  const isFull = messageOf(name).kind === 'prompt' && before.inbox.length >= maxBacklog;
  const verdict = isFull ? 'full' : 'queued';
  const grown = answer.kind === 'queued' ? 1 : 0;
  return [
    [answer.kind !== (isKnown ? 'duplicate' : verdict), `enqueue calls ${name} ${answer.kind}`],
    [after.inbox.length !== before.inbox.length + grown, `enqueue loses ${name}`],
    [after.inbox.length > 0 && !after.dirty, 'a backlog that the sweeper does not look for'],
  ];
};

const checkAcquire: Check = ({ before, call, after, answer }) => {
  const { generation = 0, owner = '' } = call;
  const isMine = before.generation === generation && isLaunchingOrOf(before, owner);
  const isGiven = answer.kind === 'ok';
  return [
    [isGiven && !isMine, 'acquire gives a lease that is not to be had'],
    [isGiven && !isHeldBy(after, generation, owner), 'acquire says ok and gives no lease'],
    [!isGiven && isMine, 'acquire refuses the lease to its own launch'],
    [!isGiven && after.text !== before.text, 'acquire refuses and changes something'],
  ];
};

const checkFenced: Check = ({ before, call, after, answer }) => {
  const { verb, generation = 0, owner = '' } = call;
  const isReadopted = verb === 'renew' && before.state === 'launching' && before.generation === generation;
  const isHolder = isHeldBy(before, generation, owner) || isReadopted;
  const isLost = answer.kind === 'lost';
  return [
    [!isLost && !isHolder, `${verb} says ${answer.kind} to one who does not hold the lease in time`],
    [isLost && isHolder, `${verb} says lost to the one who holds the lease in time`],
    [isLost && after.text !== before.text, `${verb} says lost and changes something`],
  ];
};

const checkBegin: Check = ({ before, call, answer }) => {
  const isThere = call.entries?.every((entry) => has(before.inbox, entry)) === true;
  return [
    [answer.kind === 'try' && !isThere, 'begin counts a try of what is not there'],
    [answer.kind === 'gone' && isThere, 'begin does not find what is there'],
  ];
};

const checkRelease: Check = ({ before, call, after, answer }) => {
  const isHandoff = answer.kind === 'handoff';
  return [
    [answer.kind === 'released' && before.inbox.length > 0, 'release gives a backlog up'],
    [isHandoff && call.words?.[0] === 'idle', 'an idle runner hands its backlog over'],
    [isHandoff && after.generation === call.generation, 'release hands over under its own generation'],
  ];
};

const checkAcknowledge: Check = ({ before, call, after, answer }) => {
  if (answer.kind !== 'ok') return [];
  const { entries = [], words: [cause] = [] } = call;
  const left = before.inbox.filter((entry) => !entries.some((one) => isSame(one, entry)));
  const gone = before.inbox.length - after.inbox.length;
  return [
    [left.length !== after.inbox.length, 'acknowledge takes other entries than it was told'],
    [after.failures > 0 || after.notBefore !== 'none', 'an acknowledgement leaves the failures'],
    [after.dead.length !== before.dead.length + (cause === '' ? 0 : gone), 'a dead letter that is none, or is lost'],
  ];
};

const checkEnd: Check = ({ before, call, after, answer }, { circuitAfter }) => {
  const { generation, owner = '', words: [kind, cause = ''] = [] } = call;
  if (before.generation !== generation || !isLaunchingOrOf(before, owner)) {
    return [
      [answer.kind !== 'stale', 'an end is taken from a pod that has nothing to do with the lease'],
      [before.text !== after.text, 'a stale end changes something'],
    ];
  }
  const isCounted = kind === 'counted';
  const counted = before.failures + (isCounted ? 1 : 0);
  return [
    [answer.kind !== 'ended', `end says ${answer.kind} of the pod that had the lease`],
    [cause !== '' && after.cause !== cause, 'the cause of an end is not kept'],
    [after.failures !== counted, 'a failure is not counted, or one that is none is'],
    [isCounted && after.notBefore !== 'ahead', 'a failure without a pause'],
    [isCounted && after.state !== 'idle', 'a failure does not free the lease'],
    [isCounted && (answer.hint === 'open') !== after.failures >= circuitAfter, 'the circuit opens at the wrong time'],
    [!isCounted && (after.state === 'launching') !== after.inbox.length > 0, 'an end leaves its backlog to itself'],
  ];
};

const checkReopen: Check = ({ after }) => [[after.failures > 0, 'reopen leaves the failures']];

const checkSweep: Check = ({ before, call, after, answer }) => {
  const isTold = before.cause !== '' && call.words?.[0] === before.cause && call.generation === before.causeOf;
  const isForgotten = before.cause !== '' && after.cause === '';
  const isServed = isLive(after) || after.state === 'launching';
  const isWorthLooking = after.inbox.length > 0 || (isServed && before.dirty);
  return [
    [isForgotten !== isTold && answer.kind !== 'clean', 'a cause is forgotten untold, or kept though told'],
    [after.dirty !== isWorthLooking, 'after a sweep the mark and the lease disagree'],
  ];
};

/** Of every verb of ingress and launcher: a launch is started exactly where there is a need. */
const checkLaunch: Check = ({ before, call: { verb }, after, answer }) => {
  const isSameLaunch = before.state === after.state && before.generation === after.generation;
  const isNew = after.state === 'launching' && !isSameLaunch;
  const isInUse = verb !== 'end' && (isLive(before) || before.state === 'launching');
  const isBackingOff = after.notBefore === 'ahead';
  return [
    [isInUse && (!isSameLaunch || before.owner !== after.owner), `${verb} takes a lease that is in use`],
    [answer.kind !== 'stale' && isLeft(after) && !isBackingOff, `${verb} leaves a backlog that nobody serves`],
    ...(isNew ? checkNewLaunch(verb, before, after) : []),
  ];
};

function checkNewLaunch(verb: Verb, before: Keys, after: Keys): Promised[] {
  return [
    [after.generation === before.generation, `${verb} launches under a generation that is over`],
    [after.inbox.length === 0, `${verb} launches for an empty inbox`],
    [verb !== 'end' && after.notBefore === 'ahead', `${verb} launches while backing off`],
  ];
}

function isLeft(keys: Keys): boolean {
  return keys.inbox.length > 0 && !isLive(keys) && keys.state !== 'launching';
}

/** Whoever finds or makes a launch says so, and which. */
const checkWake: Check = ({ call: { verb }, after, answer }) => {
  const isWake = answer.hint === 'wake';
  return [
    [isWake !== (after.state === 'launching'), `${verb} keeps a launch to itself`],
    [isWake && answer.generation !== after.generation, `${verb} names another generation`],
  ];
};

/** Tries belong to entries of the inbox: of what was acknowledged or released nothing is left. */
const checkTries: Check = ({ before, call, after }) => {
  const isOver = after.tries.some(({ id }) => !after.inbox.some((entry) => entry.id === id));
  return [[isOver && before.inbox.length !== after.inbox.length, `${call.verb} leaves the tries of what is gone`]];
};

const CHECKS: Readonly<Record<Verb, readonly Check[]>> = {
  enqueue: [checkEnqueue, checkLaunch, checkWake],
  acquire: [checkAcquire],
  begin: [checkFenced, checkBegin],
  acknowledge: [checkFenced, checkAcknowledge],
  renew: [checkFenced],
  release: [checkFenced, checkRelease],
  end: [checkEnd, checkLaunch, checkWake],
  reopen: [checkReopen, checkLaunch, checkWake],
  sweep: [checkSweep, checkLaunch, checkWake],
};

function isLaunchingOrOf(keys: Keys, owner: string): boolean {
  return keys.state === 'launching' || (keys.state === 'running' && keys.owner === owner);
}

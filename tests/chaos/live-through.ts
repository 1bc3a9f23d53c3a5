// One case of the table, as a person lives it: a turn that is struck, and a turn after it that reads what all turns before it left.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runnerName } from '@runnel/shared';
import { identifyProcess, isAlive, type ProcessIdentity } from '@runnel/shared/process';
import { launchQueueName, redisKeys } from '@runnel/shared/redis';
import { expect } from 'vitest';
import { describeFleet } from '../support/describe-fleet.ts';
import type { Person, Place } from '../support/story.ts';
import { PATIENCE_MS, type ChaosFleet } from './chaos-fleet.ts';
import type { Case } from './fault-table.ts';
import type { StepLine, Strike } from './faults.ts';

/** One thread of one person, in which case follows case. */
export type Thread = {
  readonly person: Person;
  readonly place: Place;
  /** What every answer must show, in their order. */
  readonly expected: string[];
  /** Lines of the file that every turn adds to or reads. */
  readonly kept: string[];
};

export type Lived = {
  /** From the strike to the answer of the turn that was struck; 0 where that was there already. */
  readonly recoveryMs: number;
  /** How many runners were started meanwhile. */
  readonly runners: number;
};

/** Beyond Slack's patience; beyond a job's lock and all checks for it. */
const STOPPED_MS = { ingress: 1_500, launcher: 4_000, runner: 0 };

/** An occasion that struck nobody so long after it was over has passed. */
const PASSED_MS = 5_000;
const MOST_OCCASIONS = 4;

export async function openThread(fleet: ChaosFleet): Promise<Thread> {
  const person = fleet.nextPerson();
  const place = person.say('echo begun > kept; cat kept');
  const thread = { person, place, expected: ['begun\n'], kept: ['begun'] };
  await allAnswered(fleet, thread);
  return thread;
}

export async function liveThrough(fleet: ChaosFleet, thread: Thread, { fault, occasion, fresh }: Case): Promise<Lived> {
  const { story, faults } = fleet;
  const { person, place } = thread;
  const { sockets } = story.fleet.standIn;
  // A message that meets two dead ones waits for Slack's next attempt: minutes.
  if (fault.process === 'ingress') await until(fleet, () => sockets.count() === 2, 'two ingresses listen');
  if (fresh === true) await until(fleet, () => fleet.asleep(person), 'the runner sleeps');
  const startedBefore = startsOf(fleet, person);

  // Nobody is named where the whole fleet is looked at.
  const about = fault.step === 'reconcile' ? {} : { about: [person.userKey, person.dm] };
  const id = faults.arm({ ...fault, ...about });
  const struckAnswer = thread.expected.length;
  const { strike, ts } = await untilStruck(fleet, thread, { id, occasion });

  const isZombie = fault.act === 'stop' && fault.process === 'runner';
  const goneOn = fault.act === 'stop' && !isZombie ? goOnLater(strike) : undefined;
  // Slack promises no order: what comes right after may overtake it on its way to the other ingress.
  await until(
    fleet,
    () => faults.steps().some((step) => isAppended(step, ts)) || isAnswered(fleet, thread),
    'it is appended',
  );
  if (isZombie) await outliveZombie(fleet, thread, strike);
  else {
    sayAfter(thread);
    await allAnswered(fleet, thread);
  }
  await goneOn;
  const answeredAt = story.answerTimes(place)[struckAnswer] ?? 0;
  expect(story.answers(place).length).toBe(thread.expected.length);
  return {
    recoveryMs: Math.max(0, Math.round(answeredAt - strike.at)),
    runners: startsOf(fleet, person) - startedBefore,
  };
}

type Said = { readonly strike: Strike; readonly ts: string };
type Awaited = { readonly id: string; readonly occasion: Case['occasion'] };

/** Says it again where somebody else was faster than the process that was to be struck. */
async function untilStruck(fleet: ChaosFleet, thread: Thread, { id, occasion }: Awaited): Promise<Said> {
  const { faults } = fleet;
  const isOver = async (): Promise<boolean> => isAnswered(fleet, thread) && (await fleet.asleep(thread.person));
  for (let attempt = 1; attempt <= MOST_OCCASIONS; attempt += 1) {
    const ts = await sayStruck(fleet, thread, { line: `line ${id}.${attempt}`, occasion });
    await until(fleet, async () => faults.struck(id) ?? isOver(), 'the fault strikes');
    // What comes with the end of a runner comes after it slept.
    const strike = await within(PASSED_MS, () => faults.struck(id));
    if (strike !== undefined) return { strike, ts };
  }
  throw new Error('the fault never struck');
}

type Struck = { readonly line: string; readonly occasion: Case['occasion'] };

/** Resolves to the ts of the message. */
async function sayStruck(fleet: ChaosFleet, thread: Thread, { line, occasion }: Struck): Promise<string> {
  const { person, place, kept } = thread;
  const say = (text: string): string => person.say(text, { in: place }).ts;
  const write = `echo ${line} >> kept; cat kept`;
  kept.push(line);
  thread.expected.push(`${kept.join('\n')}\n`);
  if (occasion === 'message') return say(write);
  if (occasion === 'crash') {
    // Beside the homes of all runners: what is in its own goes with it.
    const folder = join(fleet.story.folder, 'once');
    mkdirSync(folder, { recursive: true });
    const mark = join(folder, `${person.id}-${kept.length}`);
    return say(`mkdir ${mark} 2> /dev/null && kill -9 $PPID; ${write}`);
  }
  // The reconciler looks every three seconds. Whoever ends the turn has to end what it started, too.
  const ts = say(`sleep 300 & sleep ${occasion === 'lost_job' ? 4 : 3}; ${write}`);
  if (occasion !== 'long_turn') await intervene(fleet, { person, ts }, occasion);
  return ts;
}

function sayAfter({ person, place, expected, kept }: Thread): void {
  expected.push(`${kept.join('\n')}\nread\n`);
  person.say('cat kept; echo read', { in: place });
}

function isAnswered({ story }: ChaosFleet, { place, expected }: Thread): boolean {
  return story.answers(place).length >= expected.length;
}

async function allAnswered({ story }: ChaosFleet, { place, expected }: Thread): Promise<void> {
  await story.answered(place, expected.length, PATIENCE_MS);
}

type Turn = { readonly person: Person; readonly ts: string };

async function intervene(fleet: ChaosFleet, turn: Turn, what: 'drain' | 'lost_job'): Promise<void> {
  const { faults, redis } = fleet;
  const { person, ts } = turn;
  const isIts = ({ name, identities = [] }: StepLine): boolean =>
    name === 'run' && identities.some((identity) => identity.endsWith(`:${ts}`));
  const run = await until(fleet, () => faults.steps().find(isIts), 'the turn runs');
  if (what === 'drain') {
    process.kill(run.pid, 'SIGTERM');
    return;
  }
  const job = `${runnerName(person.userKey)}-${run.generation}`;
  const queue = `${redisKeys.launchQueuePrefix}:${launchQueueName}`;
  await redis.multi().lrem(`${queue}:active`, 0, job).del(`${queue}:${job}`, `${queue}:${job}:lock`).exec();
}

/** An ingress or a launcher: who waits for it is served by another one, or waits. */
async function goOnLater(strike: Strike): Promise<void> {
  const stopped = processOf(strike);
  await pause(STOPPED_MS[strike.process]);
  if (isAlive(stopped)) process.kill(stopped.pid, 'SIGCONT');
}

/** A runner that nobody hears, not even its launcher, goes on when its successor has done all the work. */
async function outliveZombie(fleet: ChaosFleet, thread: Thread, strike: Strike): Promise<void> {
  const zombie = processOf(strike);
  try {
    await fleet.hidePod(thread.person.userKey);
    sayAfter(thread);
    await allAnswered(fleet, thread);
    expect(isAlive(zombie), 'it was stopped all the time').toBe(true);
    process.kill(zombie.pid, 'SIGCONT');
    await until(fleet, () => !isAlive(zombie), 'the zombie is gone');
  } finally {
    if (isAlive(zombie)) process.kill(zombie.pid, 'SIGKILL');
  }
}

type Look<T> = () => T | Promise<T>;

/** Resolves to what was looked for; otherwise says all that is known of the fleet. `expect.poll` knows only one test at a time. */
async function until<T>({ story }: ChaosFleet, look: Look<T>, what: string): Promise<NonNullable<T>> {
  const found = await within(PATIENCE_MS, look);
  if (found !== undefined) return found;
  throw new Error(`Not within ${PATIENCE_MS} ms: ${what}\n${await describeFleet(story.fleet, story.folder)}`);
}

/** Undefined when it did not come. */
async function within<T>(ms: number, look: Look<T>): Promise<NonNullable<T> | undefined> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > deadline) return undefined;
    await pause(50);
  }
}

function isAppended({ name, moment, failed, identities = [] }: StepLine, ts: string): boolean {
  const isDone = name === 'enqueue' && moment === 'after' && failed === undefined;
  return isDone && identities.some((identity) => identity.endsWith(`:${ts}`));
}

function processOf({ process, pid }: Strike): ProcessIdentity {
  const found = identifyProcess(pid);
  if (found === undefined) throw new Error(`${process} ${pid} was to be stopped and is gone`);
  return found;
}

function startsOf({ faults }: ChaosFleet, { userKey }: Person): number {
  return faults
    .steps()
    .filter(({ name, moment, user }) => name === 'acquire' && moment === 'before' && user === userKey).length;
}

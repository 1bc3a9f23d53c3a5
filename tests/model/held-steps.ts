// What a session does about prompts that are held behind a stop: run now, discard, and what is left of it after a crash.
import { heldBehind, type Behind } from './held-record.ts';
import type { Lane, Turn } from './lane-steps.ts';
import { messageOf, type Name, type Ref } from './messages.ts';
import type { RunnerMoves } from './runner-moves.ts';
import type { Task } from './runner-part.ts';
import type { Held } from './state.ts';
import { commit } from './turn-steps.ts';

const LANE = { kind: 'lane', session: 'A', alone: false } as const;
const BESIDE = { kind: 'beside', session: 'A', dead: false, alone: false } as const;

/** A press acts at once, unless a stop before it is not settled. Returns how many there are to act. */
export function addChoiceSteps(own: RunnerMoves, lane: Lane): number {
  const pending = lane.waiting.filter((ref) => {
    const { kind } = messageOf(ref.name);
    const isChoice = kind === 'run' || kind === 'discard';
    return isChoice && ref.id !== own.runner.revived?.id && lane.coveredBy(ref) === undefined;
  });
  for (const choice of pending) if (!isBehindStop(own, choice)) choose(own, choice);
  return pending.length;
}

/** A stop takes its time: what comes after it speaks of what it leaves. */
export function isBehindStop({ runner }: RunnerMoves, { id, name }: Ref): boolean {
  const { session } = messageOf(name);
  return runner.known.some((one) => {
    const message = messageOf(one.name);
    return message.kind === 'stop' && message.session === session && one.id < id;
  });
}

function choose(own: RunnerMoves, choice: Ref): void {
  const { moves, runner } = own;
  const { held } = moves.state.manifest;
  const message = messageOf(choice.name);
  const target = 'target' in message ? message.target : '';
  const answered = message.kind === 'run' ? revivedNames(own) : [];
  const isOpen = runner.revived === undefined && held?.by === target;
  if (!isOpen && answered.length === 0) {
    // An old button: it is answered, and does nothing.
    commit(own, { ...BESIDE, entries: [choice], delivery: choice.name });
  } else if (message.kind === 'discard') {
    commit(own, { ...BESIDE, entries: [choice], delivery: choice.name, held: undefined });
  } else {
    own.add(`acts on ${choice.name}`, { revived: choice, owed: answered });
  }
}

/** What it revived and is answered. */
function revivedNames({ moves }: RunnerMoves): Name[] {
  return moves.state.manifest.covered.map(({ name }) => name).filter((name) => messageOf(name).kind === 'revived');
}

/** Answers that a predecessor covered and may not have posted come before everything else. */
export function settleOwed(own: RunnerMoves): boolean {
  const { moves, runner } = own;
  const [name, ...owed] = runner.owed;
  if (name === undefined || runner.revived === undefined) return false;
  const covered = moves.state.manifest.covered.find((one) => one.name === name);
  const { delivery = '', dead = false, blank = false } = covered ?? {};
  const phase = delivery === '' || blank ? 'posted' : 'covered';
  const task: Task = { ...LANE, entries: [{ id: runner.revived.id, name }], phase, delivery, dead };
  own.add(`finds ${name} covered`, { owed, tasks: [...runner.tasks, task] });
  return true;
}

/** None of them is left: the entry that revived them is covered, and stands for those that became dead letters. */
export function settleRevival(own: RunnerMoves): boolean {
  const { moves, runner } = own;
  const { held, covered } = moves.state.manifest;
  const isLeft = (held?.names.length ?? 0) > 0 && moves.keeps('run now stays until all are answered');
  if (runner.revived === undefined || isLeft) return false;
  const dead = covered.some((one) => one.dead && messageOf(one.name).kind === 'revived');
  commit(own, { ...LANE, entries: [runner.revived], delivery: '', dead });
  return true;
}

/** Held prompts take their turns in the place of the entry that revived them. */
export function revivedPrompts({ moves, runner }: RunnerMoves, { session }: Lane): Turn[] {
  const { revived: entry } = runner;
  if (entry === undefined || session !== 'A') return [];
  const names = moves.state.manifest.held?.names ?? [];
  return names.map((name) => ({ entry, prompt: { id: entry.id, name: `${name}~run` as Name } }));
}

type Stopping = Behind & { readonly stop: Ref };

/** The entry that revived what is held is settled with a stop that takes it back. */
export function holdBehind(
  own: RunnerMoves,
  { stop, ...behind }: Stopping,
): {
  entries: readonly Ref[];
  held: Held | undefined;
} {
  const { revived } = own.runner;
  const isTaken = revived !== undefined && revived.id < stop.id;
  return { entries: isTaken ? [revived] : [], held: heldBehind(own, stop, behind) };
}

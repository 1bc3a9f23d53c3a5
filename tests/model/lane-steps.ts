// What a session does next with what it has in hand: what is covered first, then controls, then the first prompt.
import { addChoiceSteps, holdBehind, isBehindStop, revivedPrompts, settleOwed, settleRevival } from './held-steps.ts';
import { has, messageOf, type Ref, type Session } from './messages.ts';
import { Broken } from './moves.ts';
import type { RunnerMoves } from './runner-moves.ts';
import type { Covered, Task } from './runner-part.ts';
import type { Store } from './state.ts';
import { commit, namesOf, without } from './turn-steps.ts';

export type Lane = {
  readonly session: Session;
  /** What is in hand and in no task, in the order of appending. */
  readonly waiting: readonly Ref[];
  /** The turn, or what else the session is at; answers beside it do not count. */
  readonly main: Task | undefined;
  readonly coveredBy: (ref: Ref) => Covered | undefined;
};

const MOST_TRIES = 3;

export function addLaneSteps(own: RunnerMoves, session: Session): void {
  const { runner } = own;
  const isOfSession = ({ name }: Ref): boolean => messageOf(name).session === session;
  const lane: Lane = {
    session,
    waiting: runner.known.filter((ref) => isOfSession(ref) && !runner.tasks.some(({ entries }) => has(entries, ref))),
    main: runner.tasks.find((task) => task.kind !== 'beside' && task.session === session),
    coveredBy: coverage(own),
  };
  if (lane.waiting.length === 0) return;
  const pending = addChangeSteps(own, lane) + addChoiceSteps(own, lane);
  if (lane.main !== undefined) {
    if (isCancelable(lane.main)) stopRunning(own, lane, lane.main);
    return;
  }
  const covered = lane.waiting.find((ref) => lane.coveredBy(ref) !== undefined);
  if (covered !== undefined && own.moves.keeps('coverage looked up before begin')) settleCovered(own, lane, covered);
  else if (!settleOwed(own) && !stopWaiting(own, lane) && !settleRevival(own) && pending === 0) beginTurns(own, lane);
}

function coverage({ moves, runner }: RunnerMoves): Lane['coveredBy'] {
  const covered = runner.view ?? moves.state.manifest.covered;
  if (moves.keeps('coverage by identity')) return ({ name }) => covered.find((one) => one.name === name);
  const ids = moves.state.store.keys.seen.filter(({ name }) => covered.some((one) => one.name === name));
  const highest = Math.max(0, ...ids.map(({ id }) => id));
  return ({ id, name }) => (id <= highest ? { name, delivery: '', dead: false, blank: false } : undefined);
}

/** Edits and deletes act at once, whatever runs. Returns how many there are to act. */
function addChangeSteps(own: RunnerMoves, lane: Lane): number {
  const pending = lane.waiting.filter((control) => {
    const { kind } = messageOf(control.name);
    const isChange = (kind === 'edit' || kind === 'delete') && lane.coveredBy(control) === undefined;
    return isChange && !isAttached(own, lane, control);
  });
  for (const control of pending) if (!isBehindStop(own, control)) actOn(own, lane, control);
  return pending.length;
}

/** An edit of what waits stays in the inbox with its prompt, so that it changes it again after a crash. */
function isAttached(own: RunnerMoves, lane: Lane, control: Ref): boolean {
  const isEdit = messageOf(control.name).kind === 'edit' && own.moves.keeps('edit stays with its prompt');
  return isEdit && targetOf(lane, control) !== undefined;
}

/** The prompt that waits and that an edit or a delete is about. */
function targetOf(lane: Lane, control: Ref): Ref | undefined {
  const message = messageOf(control.name);
  const target = 'target' in message ? message.target : undefined;
  return promptsBefore(lane, control.id).find(({ name }) => name === target);
}

function actOn(own: RunnerMoves, lane: Lane, control: Ref): void {
  const { session, main } = lane;
  const message = messageOf(control.name);
  const prompt = targetOf(lane, control);
  const isTarget = 'target' in message && main?.entries[0]?.name === message.target;
  const isRunning = isTarget && isCancelable(main);
  const beside = { kind: 'beside', session, delivery: '', dead: false, alone: false } as const;
  if (message.kind === 'edit') commit(own, { ...beside, entries: [control], delivery: isRunning ? control.name : '' });
  else if (prompt !== undefined) commit(own, { ...beside, entries: [...withEdits(lane, prompt), control] });
  else if (isRunning) commit(own, { ...main, entries: [...main.entries, control] }, main);
  else commit(own, { ...beside, entries: [control] });
}

function isCancelable(main: Task | undefined): main is Task {
  return main?.kind === 'turn' && main.phase === 'running' && !main.dead;
}

function withEdits(lane: Lane, prompt: Ref): Ref[] {
  const edits = lane.waiting.filter((ref) => {
    const message = messageOf(ref.name);
    return message.kind === 'edit' && message.target === prompt.name && ref.id > prompt.id;
  });
  return [prompt, ...edits.filter((ref) => lane.coveredBy(ref) === undefined)];
}

function promptsBefore(lane: Lane, id: number): Ref[] {
  const prompts = lane.waiting.filter((ref) => messageOf(ref.name).kind === 'prompt' && ref.id < id);
  return prompts.filter((ref) => lane.coveredBy(ref) === undefined);
}

function stopRunning(own: RunnerMoves, lane: Lane, main: Task): void {
  const stop = lane.waiting.findLast((ref) => messageOf(ref.name).kind === 'stop' && lane.coveredBy(ref) === undefined);
  if (stop === undefined || stop.id < (main.entries[0]?.id ?? 0)) return;
  if (!own.moves.keeps('control acknowledged after its write')) {
    const { session, delivery, dead, alone } = main;
    const task: Task = { kind: 'beside', session, entries: [stop], phase: 'posted', delivery, dead, alone };
    own.add('acts on stop', { tasks: [...own.runner.tasks, task] });
    return;
  }
  const waiting = own.moves.keeps('stop takes what waits') ? promptsBefore(lane, stop.id) : [];
  const { entries, held } = holdBehind(own, { stop, waiting, running: main });
  const withdrawn = waiting.flatMap((ref) => withEdits(lane, ref));
  commit(own, { ...main, entries: [...main.entries, ...withdrawn, ...entries, stop], held }, main);
}

/** A stop that meets no running turn is answered with a message of its own, together with what it withdraws. */
function stopWaiting(own: RunnerMoves, lane: Lane): boolean {
  const stop = lane.waiting.findLast((ref) => messageOf(ref.name).kind === 'stop' && lane.coveredBy(ref) === undefined);
  if (stop === undefined || !own.moves.keeps('controls before prompts')) return false;
  const withdrawn = promptsBefore(lane, stop.id);
  const taken = holdBehind(own, { stop, waiting: withdrawn });
  const entries = [...withdrawn.flatMap((ref) => withEdits(lane, ref)), ...taken.entries, stop];
  const settled = {
    kind: 'lane',
    session: lane.session,
    entries,
    delivery: stop.name,
    dead: false,
    alone: false,
    held: taken.held,
  } as const;
  if (withdrawn.length === 0 && !own.moves.keeps('nothing to stop is covered')) {
    const { held: _, ...task } = settled;
    own.add('finds nothing to stop', { tasks: [...own.runner.tasks, { ...task, phase: 'posting' }] });
  } else {
    checkNothing(own, stop, withdrawn);
    commit(own, settled);
  }
  return true;
}

/** It must not say that there was nothing to stop, when what it stopped is covered by another write. */
function checkNothing({ moves, runner }: RunnerMoves, stop: Ref, withdrawn: readonly Ref[]): void {
  // Succeeded, it says nothing at all.
  const isOther = ({ name }: Covered): boolean => messageOf(name).kind === 'stop' && name !== stop.name;
  if (runner.claim === 'lost' || moves.state.manifest.covered.some(isOther)) return;
  const isStopped = moves.state.manifest.covered.some(({ name, delivery }) => {
    return delivery === stop.name || (messageOf(name).kind === 'prompt' && delivery !== name && delivery !== '');
  });
  if (withdrawn.length > 0 || !isStopped) return;
  throw new Broken('“nothing to stop” is said of a stop that stopped something');
}

/** Entries that a predecessor, or it itself before a lost answer, settled up to the manifest. They share one reply. */
function settleCovered(own: RunnerMoves, lane: Lane, first: Ref): void {
  const { delivery = '', dead = false, blank = false } = lane.coveredBy(first) ?? {};
  const isShared = (ref: Ref): boolean =>
    ref === first || (delivery !== '' && lane.coveredBy(ref)?.delivery === delivery);
  const entries = lane.waiting.filter(isShared);
  const unsure = own.moves.keeps('read back') ? 'covered' : 'posting';
  const phase = delivery === '' || blank ? 'posted' : unsure;
  const task: Task = { kind: 'lane', session: lane.session, entries, phase, delivery, dead, alone: false };
  own.add(`finds ${namesOf(entries)} covered`, { tasks: [...own.runner.tasks, task] });
}

function beginTurns(own: RunnerMoves, lane: Lane): void {
  const prompts = lane.waiting.filter((ref) => messageOf(ref.name).kind === 'prompt');
  const turns = [...prompts.map((ref): Turn => ({ prompt: ref, entry: ref })), ...revivedPrompts(own, lane)];
  const inOrder = turns.toSorted((one, other) => one.entry.id - other.entry.id);
  for (const turn of own.moves.keeps('order of a session') ? inOrder.slice(0, 1) : inOrder) begin(own, lane, turn);
}

/** For a prompt that was held, the entry that revived it stands in the inbox and is counted. */
export type Turn = { readonly prompt: Ref; readonly entry: Ref };

function begin(own: RunnerMoves, lane: Lane, { prompt, entry }: Turn): void {
  const { moves, runner } = own;
  const isRevived = entry !== prompt;
  const triesBefore = isRevived ? (moves.state.manifest.held?.triesBefore ?? 0) : 0;
  if (!hasSlot(own, entry, triesBefore)) return;
  const entries = isRevived ? [prompt] : withEdits(lane, prompt);
  own.call({ verb: 'begin', entries: [entry] }, ({ answer }, store) => {
    if (answer.kind === 'lost') {
      own.exit(`begins ${prompt.name}: lost, exits`, 'released');
      return;
    }
    if (answer.kind === 'gone') {
      const left = { known: without(runner.known, isRevived ? [entry] : entries) };
      own.add(`finds ${entry.name} gone`, isRevived ? { ...left, revived: undefined, owed: [] } : left);
      return;
    }
    checkBegin(own, prompt);
    const n = answer.n - triesBefore;
    const alone = n === MOST_TRIES;
    const dead = n > MOST_TRIES && moves.keeps('dead letter');
    if (n > MOST_TRIES) checkDeath(store.truth, prompt, dead);
    const task: Task = { ...TURN, session: lane.session, entries, delivery: prompt.name, dead, alone };
    const label = `begins ${prompt.name}${n > 1 ? `, try ${n}` : ''}`;
    own.add(label, { tasks: [...runner.tasks, task] }, { store: alone ? withTryAlone(own, prompt, store) : store });
    if (moves.mayFail('reply')) own.fault(`begins ${prompt.name}, the answer is lost`, {}, { store });
  });
}

/** The third try waits until no other turn runs, and none begins beside it. */
function hasSlot({ moves, runner }: RunnerMoves, entry: Ref, triesBefore: number): boolean {
  const before = (moves.state.store.keys.tries.find(({ id }) => id === entry.id)?.n ?? 0) - triesBefore;
  const others = runner.tasks.filter(({ kind }) => kind === 'turn');
  const mustWait = before + 1 === MOST_TRIES ? others.length > 0 : others.some(({ alone }) => alone);
  return !mustWait || !moves.keeps('third try alone');
}

function withTryAlone({ runner }: RunnerMoves, { name }: Ref, store: Store): Store {
  const { truth } = store;
  if (truth.alone.includes(name) || runner.tasks.some(({ kind }) => kind === 'turn')) return store;
  return { ...store, truth: { ...truth, alone: [...truth.alone, name].toSorted() } };
}

function checkDeath({ alone }: Store['truth'], { name }: Ref, dead: boolean): void {
  if (!dead) throw new Broken(`${name} is tried a fourth time`);
  if (!alone.includes(name)) throw new Broken(`${name} is buried without a try alone`);
}

const TURN = { kind: 'turn', phase: 'running' } as const;

function checkBegin({ moves, runner }: RunnerMoves, prompt: Ref): void {
  const { manifest, store } = moves.state;
  const { session } = messageOf(prompt.name);
  const isOpenStop = ({ id, name }: Ref): boolean =>
    messageOf(name).kind === 'stop' &&
    messageOf(name).session === session &&
    id > prompt.id &&
    !manifest.covered.some((one) => one.name === name);
  if (runner.known.some(isOpenStop)) throw new Broken(`${prompt.name} begins though its stop is in hand`);
  const wasThere = moves.world.waiting === moves.world.sends.length && store.keys.inbox.some(isOpenStop);
  if (wasThere) throw new Broken(`${prompt.name} begins though its stop was there before`);
}

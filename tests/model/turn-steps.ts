// What a runner does with an entry in hand: run or settle it, write the manifest, post, acknowledge.
import { heldAfter } from './held-record.ts';
import { has, isSame, messageOf, type Name, type Ref } from './messages.ts';
import { Broken } from './moves.ts';
import type { RunnerMoves } from './runner-moves.ts';
import type { Change, Covered, Task } from './runner-part.ts';
import type { Held, Store } from './state.ts';

/** Each task at hand goes on, in whatever order. */
export function addTaskSteps(own: RunnerMoves): void {
  for (const task of own.runner.tasks) NEXT[task.phase](own, task);
}

const NEXT: Readonly<Record<Task['phase'], (own: RunnerMoves, task: Task) => void>> = {
  running: endTurn,
  said: (own, task) => commit(own, { ...task, after: 'posted' }, task),
  written: findWritten,
  covered: readBack,
  sent: readBack,
  posting: post,
  renewed(own, task) {
    if (own.moves.keeps('deadline before a post')) own.exit('sees its deadline passed, exits', 'released');
    else say(own, task);
  },
  posted: acknowledge,
};

/** What stands there is its own last write, or it has been succeeded. */
function findWritten(own: RunnerMoves, task: Task): void {
  const isOwn = own.runner.claim === 'owned' && own.moves.keeps('own last write');
  const next = task.delivery === '' ? 'posted' : 'posting';
  if (isOwn) own.add(`finds ${namesOf(task.entries)} written`, withTask(own, task, next));
  else own.exit('is refused by the manifest, exits', 'released');
}

function endTurn(own: RunnerMoves, task: Task): void {
  const { moves } = own;
  if (!moves.keeps('checkpoint before acknowledge')) {
    own.add(`ends ${namesOf(task.entries)}, writes nothing`, withTask(own, task, 'posted'));
  } else if (!moves.keeps('checkpoint before post')) {
    say(own, task, { after: 'said' });
  } else {
    commit(own, { ...task, ...heldAfter(own, task) }, task);
  }
}

type Settlement = Pick<Task, 'kind' | 'session' | 'entries' | 'delivery' | 'dead' | 'alone'> & {
  readonly after?: Task['phase'];
  /** What is held from this write on. */
  readonly held?: Held | undefined;
};

/** The one write that covers the entries; `from` is the task that it goes on from. */
export function commit(own: RunnerMoves, settlement: Settlement, from?: Task): void {
  const { moves, runner } = own;
  const { kind, session, entries, delivery, dead, alone } = settlement;
  if (runner.claim === 'lost' && moves.keeps('precondition')) {
    own.exit('is refused by the manifest, exits', 'released');
    return;
  }
  const { manifest } = moves.state;
  checkCommit(own, entries, delivery);
  const { generation, owner } = runner;
  const added = entries.map(({ name }): Covered => ({ name, delivery, dead, blank: false }));
  const isForgotten = (name: Name): boolean =>
    !moves.keeps('control covered') && entries.length > 1 && messageOf(name).kind === 'stop';
  const kept = manifest.covered.map((one) =>
    runner.acknowledged.includes(one.name) && one.delivery !== '' ? { ...one, blank: true } : one,
  );
  const covered = [...kept, ...added.filter(({ name }) => !isForgotten(name))].toSorted((one, other) =>
    one.name < other.name ? -1 : 1,
  );
  const held = 'held' in settlement ? settlement.held : manifest.held;
  const written = { covered, held, writer: { generation, owner } };
  const others = own.othersSuperseded();
  const after = settlement.after ?? (delivery === '' ? 'posted' : 'posting');
  const next = (phase: Task['phase']): Change => ({
    acknowledged: [],
    revived: runner.revived !== undefined && has(entries, runner.revived) ? undefined : runner.revived,
    claim: 'owned',
    view: undefined,
    tasks: [...runner.tasks.filter((task) => task !== from), { kind, session, entries, phase, delivery, dead, alone }],
  });
  const label = `${own.name} commits ${namesOf(entries)}${dead ? ' as dead' : ''}`;
  moves.add(label, { manifest: written, runners: own.withOthers(others, next(after)) });
  if (moves.mayFail('reply')) {
    moves.fault(`${label}, the answer is lost`, {
      manifest: written,
      runners: own.withOthers(others, next('written')),
    });
  }
}

function checkCommit({ moves, runner }: RunnerMoves, entries: readonly Ref[], delivery: Name | ''): void {
  const { manifest, store } = moves.state;
  const { writer } = manifest;
  const isSucceeded =
    writer !== undefined && (writer.generation !== runner.generation || writer.owner !== runner.owner);
  if (runner.claim === 'lost' || isSucceeded) throw new Broken('a runner commits after its successor has taken over');
  const isCovered = (name: Name): boolean => manifest.covered.some((one) => one.name === name);
  const isWritten = (name: Name): boolean => isCovered(name) || entries.some((one) => one.name === name);
  for (const entry of entries) {
    if (isCovered(entry.name)) throw new Broken(`${entry.name} is committed twice`);
    const message = messageOf(entry.name);
    const forgotten = store.keys.inbox.find(({ id, name }) => {
      if (id >= entry.id || isWritten(name) || messageOf(name).session !== message.session) return false;
      if (message.kind === 'edit' && delivery !== '') return false;
      const isMeant = !('target' in message) || message.target === name;
      return messageOf(name).kind === 'prompt' && isMeant;
    });
    if (forgotten !== undefined) throw new Broken(`${entry.name} is committed before ${forgotten.name}`);
  }
}

function readBack(own: RunnerMoves, task: Task): void {
  const isThere = own.moves.state.slack.posted.some((one) => one === task.delivery);
  if (isThere) own.add(`reads back ${task.delivery}: there`, withTask(own, task, 'posted'));
  else own.add(`reads back ${task.delivery}: missing`, withTask(own, task, 'posting'));
}

function post(own: RunnerMoves, task: Task): void {
  const { moves, runner } = own;
  if (runner.late && moves.keeps('deadline before a post')) {
    own.exit('sees its deadline passed, exits', 'released');
    return;
  }
  if (!moves.keeps('renew before a post')) {
    say(own, task);
    return;
  }
  own.call({ verb: 'renew' }, ({ answer }, store) => {
    if (answer.kind === 'ok') say(own, task, { store });
    else own.exit('renews before a post: lost, exits', 'released');
  });
}

type Saying = { readonly after?: Task['phase']; readonly store?: Store };

function say(own: RunnerMoves, task: Task, { after = 'posted', store = own.moves.state.store }: Saying = {}): void {
  const { moves } = own;
  const { slack } = moves.state;
  const { delivery } = task;
  if (delivery === '') return;
  if (slack.posted.includes(delivery)) throw new Broken(`${delivery} is answered twice`);
  const posted = { store, slack: { ...slack, posted: [...slack.posted, delivery].toSorted() } };
  own.add(`posts ${delivery}`, withTask(own, task, after), posted);
  if (!moves.mayFail('reply')) return;
  const unsure = moves.keeps('read back') ? 'sent' : 'posting';
  own.fault(`posts ${delivery}, the answer is lost`, withTask(own, task, unsure), posted);
}

function acknowledge(own: RunnerMoves, task: Task): void {
  const { moves, runner } = own;
  const { entries, dead } = task;
  const call = { verb: 'acknowledge', words: [dead ? 'dead' : ''], entries } as const;
  own.call(call, ({ answer }, store) => {
    if (answer.kind === 'lost') {
      own.exit('acknowledges: lost, exits', 'released');
      return;
    }
    const before = moves.state.store.keys.inbox;
    const gone = before.filter((ref) => !has(store.keys.inbox, ref));
    checkGone(own, gone, store.keys.inbox);
    const known = runner.known.filter(({ name }) => !entries.some((one) => one.name === name));
    const tasks = runner.tasks.filter((one) => one !== task);
    // Only where an entry can come back does it matter what was dropped from the manifest.
    const names = entries.map(({ name }) => name);
    const keeps = moves.world.replica === true || moves.world.slowReading === true;
    const acknowledged = keeps ? [...new Set([...runner.acknowledged, ...names])].toSorted() : [];
    own.add(`acknowledges ${namesOf(entries)}`, { known, tasks, acknowledged }, { store });
    if (moves.mayFail('reply') && gone.length > 0) {
      own.fault(`acknowledges ${namesOf(entries)}, the answer is lost`, {}, { store });
    }
  });
}

function checkGone({ moves }: RunnerMoves, gone: readonly Ref[], left: readonly Ref[]): void {
  const isCovered = (name: Name): boolean => moves.state.manifest.covered.some((one) => one.name === name);
  for (const entry of gone) {
    const { kind, session } = messageOf(entry.name);
    const isUnsaved = (kind === 'prompt' || kind === 'run') && !isCovered(entry.name);
    if (isUnsaved) throw new Broken(`${entry.name} is acknowledged without a checkpoint`);
    if (kind !== 'stop') continue;
    const stopped = left.find(({ id, name }) => {
      const message = messageOf(name);
      return id < entry.id && message.kind === 'prompt' && message.session === session && !isCovered(name);
    });
    if (stopped !== undefined) throw new Broken(`stop is acknowledged while ${stopped.name} is not covered`);
  }
}

function withTask({ runner }: RunnerMoves, task: Task, phase: Task['phase']): { tasks: Task[] } {
  return { tasks: runner.tasks.map((one) => (one === task ? { ...task, phase } : one)) };
}

export function namesOf(entries: readonly Ref[]): string {
  return entries.map(({ name }) => name).join(', ');
}

export function without(refs: readonly Ref[], others: readonly Ref[]): Ref[] {
  return refs.filter((ref) => !others.some((other) => isSame(ref, other)));
}

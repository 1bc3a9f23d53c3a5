// The life of a runner around its turns: acquire, claim, read, renew, sleep, drain, and the ways it can die.
import { isHeldBy } from './keys.ts';
import { addLaneSteps } from './lane-steps.ts';
import type { Ref } from './messages.ts';
import { Broken, type Moves } from './moves.ts';
import { RunnerMoves } from './runner-moves.ts';
import type { Runner } from './runner-part.ts';
import { isHolder } from './state.ts';
import { addTaskSteps } from './turn-steps.ts';

export function addRunnerSteps(moves: Moves, runner: Runner): void {
  const own = new RunnerMoves(moves, runner);
  addDeaths(own);
  switch (runner.phase) {
    case 'boot':
      return boot(own);
    case 'acquired':
      renew(own);
      return readManifest(own);
    case 'claiming':
      renew(own);
      return claim(own);
    case 'serving':
      renew(own);
      read(own);
      addTaskSteps(own);
      for (const session of ['A', 'B'] as const) addLaneSteps(own, session);
      return sleep(own);
    case 'draining':
      renew(own);
      addTaskSteps(own);
      return drain(own);
    case 'sees empty':
      return own.call({ verb: 'release', words: ['blind'] }, (_, store) => own.exit('releases', 'released', { store }));
    case 'drained':
      addTaskSteps(own);
      return own.exit('exits', 'released');
  }
}

function addDeaths(own: RunnerMoves): void {
  const { moves, runner } = own;
  if (moves.mayFail('kill')) own.die('is killed', 'crashed');
  if (moves.mayFail('evict')) own.die('is evicted', 'evicted');
  if (!runner.attached) return;
  if (moves.mayFail('vanish')) {
    const isOfPod = (one: Runner): boolean => one.attached && one.generation === runner.generation;
    const runners = moves.state.runners.filter((one) => !isOfPod(one));
    moves.fault(`pod g${runner.generation} vanishes`, { runners, pod: undefined });
  }
  if (moves.mayFail('false end') && isHolder(runner, moves.state.store.keys)) {
    const { generation, owner } = runner;
    const end = { generation, owner, end: 'evicted' } as const;
    own.fault(
      'is reported as ended, and lives on',
      { attached: false },
      { ends: [...moves.state.ends, end], pod: end },
    );
  }
}

function boot(own: RunnerMoves): void {
  const { moves, runner } = own;
  own.call({ verb: 'acquire' }, ({ answer }, store) => {
    if (answer.kind === 'ok') {
      own.add('acquires', { phase: 'acquired' }, { store });
      const isNews = store.keys.text !== moves.state.store.keys.text;
      if (isNews && moves.mayFail('reply')) own.fault('acquires, the answer is lost', {}, { store });
    } else if (answer.kind === 'busy') {
      // Exit 0 would end the Job, and with it the pod that is alive.
      const isJobLeft = moves.keeps('busy exits 75') || !runner.attached;
      if (!isJobLeft) throw new Broken('the exit of a pod that is not needed ends the live one');
      own.exit('is not needed, exits 75', 'busy');
    } else {
      own.exit('comes too late, exits', 'released');
    }
  });
  // Once it has asked for the lease it goes on until it knows whether it has it, and releases it then.
  const mayHold = isHeldBy(moves.state.store.keys, runner.generation, runner.owner);
  if (moves.state.drains === 0 || mayHold) return;
  own.exit('is asked to drain, exits', 'released', { drains: moves.state.drains - 1 });
}

/** From its own thread, at any time: told `lost`, the process ends. One that was paused ends by its own clock. */
function renew(own: RunnerMoves): void {
  if (own.runner.late) {
    own.exit('sees its deadline passed, exits', 'released');
    return;
  }
  own.call({ verb: 'renew' }, ({ answer }, store) => {
    if (answer.kind === 'lost') own.exit('has lost its lease, exits', 'released');
    else if (store.keys.text !== own.moves.state.store.keys.text) own.add('renews, has its lease again', {}, { store });
  });
}

function readManifest(own: RunnerMoves): void {
  const { moves, runner } = own;
  const { writer } = moves.state.manifest;
  if (isHolder(runner, writer)) own.add('finds its claim written', { phase: 'serving', claim: 'owned' });
  else own.add('reads the manifest', { phase: 'claiming', claim: 'read' });
  if (moves.state.drains > 0) own.add('is asked to drain', { phase: 'draining' }, { drains: moves.state.drains - 1 });
}

function claim(own: RunnerMoves): void {
  const { moves, runner } = own;
  const { state } = moves;
  if (runner.claim === 'stale') {
    if (!moves.keeps('claim again')) own.exit('finds the manifest changed, gives up', 'crashed');
    own.call({ verb: 'renew' }, ({ answer }, store) => {
      if (answer.kind === 'ok') own.add('finds the manifest changed', { phase: 'acquired', claim: 'none' }, { store });
      else own.exit('finds the manifest changed and its lease lost, exits', 'released');
    });
    return;
  }
  if (!moves.keeps('claim')) {
    own.add('goes on without a claim', { phase: 'serving', claim: 'owned' });
    return;
  }
  const { generation, owner } = runner;
  const manifest = { ...state.manifest, writer: { generation, owner } };
  const others = own.othersSuperseded();
  const claimed = own.withOthers(others, { phase: 'serving', claim: 'owned' });
  moves.add(`${own.name} claims the manifest`, { manifest, runners: claimed });
  if (moves.mayFail('reply')) {
    const runners = own.withOthers(others, { phase: 'acquired', claim: 'none' });
    moves.fault(`${own.name} claims the manifest, the answer is lost`, { manifest, runners });
  }
}

/** What is in hand already, by its identity, is skipped. */
function read(own: RunnerMoves): void {
  const { moves, runner } = own;
  const { inbox } = moves.state.store.keys;
  const take = (seen: readonly Ref[]): void => {
    const fresh = seen.filter(({ name }) => !runner.known.some((one) => one.name === name));
    if (fresh.length === 0 && runner.reading === undefined) return;
    const known = [...runner.known, ...fresh].toSorted((one, other) => one.id - other.id);
    const highest = moves.keeps('whole reading') ? 0 : Math.max(runner.highest, ...fresh.map(({ id }) => id));
    own.add(`reads ${fresh.map(({ name }) => name).join(', ') || 'nothing new'}`, {
      known,
      highest,
      reading: undefined,
    });
  };
  if (runner.reading !== undefined) {
    take(runner.reading);
  } else if (moves.world.slowReading === true) {
    if (inbox.length > 0) own.add('asks for the whole inbox', { reading: inbox });
  } else if (!moves.keeps('whole reading')) {
    take(inbox.filter(({ id }) => id > runner.highest));
  } else if (!moves.keeps('whole reading before the first turn') && runner.known.length === 0) {
    take(inbox.slice(0, 1));
  } else {
    take(inbox);
  }
}

function sleep(own: RunnerMoves): void {
  const { moves, runner } = own;
  const { state } = moves;
  if (state.drains > 0) {
    const tasks = runner.tasks.filter(({ phase }) => phase !== 'running');
    own.add('is asked to drain', { phase: 'draining', tasks, reading: undefined }, { drains: state.drains - 1 });
  }
  if (runner.tasks.length > 0 || runner.known.length > 0) return;
  if (!moves.keeps('atomic release')) {
    if (state.store.keys.inbox.length === 0) own.add('sees its inbox empty', { phase: 'sees empty' });
    return;
  }
  own.call({ verb: 'release', words: ['idle'] }, ({ answer }, store) => {
    if (answer.kind === 'released') {
      own.exit('goes to sleep', 'released', { store });
      if (moves.mayFail('reply')) own.fault('goes to sleep, the answer is lost', {}, { store });
    } else if (answer.kind === 'lost') {
      own.exit('cannot release, exits', 'released');
    } else if (answer.kind === 'handoff') {
      own.exit('releases, hands over', 'released', { store });
    }
  });
}

/** Answers under way go on or are dropped; then the rest is handed over. */
function drain(own: RunnerMoves): void {
  const { moves, runner } = own;
  if (runner.tasks.length > 0) {
    own.add('drops what does not fit', { tasks: [] });
    if (moves.keeps('nothing after the release')) return;
  }
  own.call({ verb: 'release', words: ['drain'] }, ({ answer }, store) => {
    if (answer.kind === 'lost') {
      own.exit('cannot release, exits', 'released');
      return;
    }
    const label = answer.kind === 'handoff' ? 'hands over, exits' : 'releases, exits';
    if (moves.keeps('nothing after the release')) own.exit(label, 'released', { store });
    else own.add(label.replace(', exits', ''), { phase: 'drained' }, { store });
    if (moves.mayFail('reply')) own.fault(`${label.replace(', exits', '')}, the answer is lost`, {}, { store });
  });
}

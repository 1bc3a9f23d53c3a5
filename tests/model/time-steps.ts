// What happens by itself: time passes, the replica follows, the sweeper looks, operators press Retry.
import type { Moves } from './moves.ts';
import { changeRunner, nameOf } from './runner-part.ts';
import { isHolder, type Ingress, type Store } from './state.ts';

export function addTimeSteps(moves: Moves): void {
  sweep(moves);
  pass(moves);
  if (moves.state.replica !== undefined) replicate(moves, moves.state.replica);
  if (moves.state.reopens > 0) {
    moves.call({ verb: 'reopen' }, ({ answer }, store) => {
      const job = moves.state.job || answer.hint === 'wake';
      moves.add('an operator reopens', { store, job, reopens: moves.state.reopens - 1 });
    });
  }
}

function sweep(moves: Moves): void {
  const { state } = moves;
  if (!state.store.keys.dirty || !moves.keeps('sweeper')) return;
  moves.call({ verb: 'sweep', words: [''] }, ({ answer }, store) => {
    const isChanged = store.keys.text !== state.store.keys.text;
    if (isChanged || (answer.hint === 'wake' && !state.job)) {
      moves.add(`sweeper: ${answer.kind}`, { store, job: state.job || answer.hint === 'wake' });
    }
  });
}

function pass(moves: Moves): void {
  const { store, runners } = moves.state;
  const { keys } = store;
  const after = (moment: 'deadline' | 'notBefore'): { store: Store } => ({
    store: { ...store, keys: moves.book.pass(keys, moment) },
  });
  if (keys.notBefore === 'ahead') moves.add('the back-off is over', after('notBefore'));
  if (keys.state !== 'running' || keys.deadline !== 'ahead') return;
  const holder = runners.find((runner) => isHolder(runner, keys));
  const expired = after('deadline');
  if (holder === undefined) {
    moves.add(`the lease of g${keys.generation} runs out`, expired);
    return;
  }
  if (moves.mayFail('clock')) moves.fault('the clock jumps, the lease runs out', expired);
  if (holder.late || !moves.mayFail('pause')) return;
  const paused = { ...expired, runners: runners.with(runners.indexOf(holder), changeRunner(holder, { late: true })) };
  moves.fault(`${nameOf(holder)} is paused, its lease runs out`, paused);
  const index = holder.tasks.findIndex(({ phase }) => phase === 'posting');
  const task = holder.tasks[index];
  if (task === undefined) return;
  const renewed = changeRunner(holder, { late: true, tasks: holder.tasks.with(index, { ...task, phase: 'renewed' }) });
  moves.fault(`${nameOf(holder)} renews, is paused before its send, its lease runs out`, {
    ...expired,
    runners: runners.with(runners.indexOf(holder), renewed),
  });
}

function replicate(moves: Moves, replica: Store): void {
  const { store, ingresses } = moves.state;
  if (replica === store) return;
  const [one, two] = ingresses;
  moves.add('the replica follows', { replica: store, ingresses: [settle(one), settle(two)] });
  if (!moves.mayFail('failover')) return;
  // Whoever waits for the replica has lost its connection: it is no success.
  moves.fault('FAILOVER', {
    store: replica,
    job: false,
    ingresses: moves.keeps('wait before slack is told') ? [askAgain(one), askAgain(two)] : ingresses,
  });
}

function settle(ingress: Ingress): Ingress {
  return ingress.answer === '' ? ingress : { ...ingress, settled: true };
}

function askAgain(ingress: Ingress): Ingress {
  return { ...ingress, answer: '', settled: false };
}

// What launchers do: a launch's job to a pod, the end of a pod to its lease. Any number of them, none remembers anything.
import type { Outcome } from './calls.ts';
import type { Moves } from './moves.ts';
import { bootRunner, changeRunner } from './runner-part.ts';
import type { Holder, PodEnd, State, Store } from './state.ts';

export function addLauncherSteps(moves: Moves): void {
  const { state } = moves;
  const { keys } = state.store;
  if (state.job && keys.state === 'launching') launch(moves, keys.generation);
  if (state.hand > 0) create(moves, state.hand);
  if (moves.keeps('ends are told')) for (const end of state.ends) tellEnd(moves, end);
  if (state.pod !== undefined && state.pod.end !== '') endTwins(moves, state.pod);
  if (moves.world.tellsCauses === true && keys.cause !== '') tellCause(moves);
}

function launch(moves: Moves, generation: number): void {
  const { pod } = moves.state;
  if (pod === undefined) start(moves, generation);
  else if (pod.generation !== generation) remove(moves, pod.generation);
  else if (pod.end === '') giveUp(moves, generation, 'does not start in time');
  else if (moves.keeps('end of the same generation')) tellEnd(moves, { ...pod, end: pod.end });
}

/** One write before, and its place on the replica: the launch is safe there too. */
function start(moves: Moves, generation: number): void {
  const { store, replica, hand } = moves.state;
  const isSettled = replica === undefined || replica === store || !moves.keeps('settle before a pod is made');
  if (isSettled && moves.world.slowLauncher !== true) create(moves, generation);
  if (isSettled && moves.world.slowLauncher === true && hand === 0) moves.add('launcher looks', { hand: generation });
  giveUp(moves, generation, 'cannot start');
}

function giveUp(moves: Moves, generation: number, why: string): void {
  if (!moves.mayFail('start')) return;
  const call = { verb: 'end', generation, owner: '', words: ['counted', causeFor(moves, 'start')] } as const;
  moves.call(call, (_, after) => moves.fault(`the pod of g${generation} ${why}`, { store: after, job: false }));
}

function create(moves: Moves, generation: number): void {
  const { pod, runners, ends } = moves.state;
  const isSlow = moves.world.slowLauncher === true;
  if (isSlow && moves.mayFail('launcher')) moves.fault('launcher dies before it creates', { hand: 0 });
  if (pod !== undefined) {
    moves.add('launcher finds the name taken', { hand: 0 });
    return;
  }
  const used = [...runners, ...ends].filter((one) => one.generation === generation).map(({ owner }) => owner);
  const [first = 'y', second = 'z'] = ['a', 'b', 'c', 'd', 'e'].filter((owner) => !used.includes(owner));
  const made = { hand: 0, pod: { generation, owner: first, end: '' } as const };
  const runner = bootRunner(generation, first);
  moves.add(`launcher creates pod g${generation}`, { ...made, runners: [...runners, runner] });
  if (moves.mayFail('twin')) {
    const twins = [...runners, runner, bootRunner(generation, second)];
    moves.fault(`launcher creates pod g${generation}, which starts twice`, { ...made, runners: twins });
  }
}

/** The pod of another generation: its end was seen, or its lease and grace have passed. That does not prove its processes gone. */
function remove(moves: Moves, generation: number): void {
  if (!moves.keeps('old pod leaves the name')) return;
  const { runners } = moves.state;
  const isOfPod = (one: Holder & { attached: boolean }): boolean => one.attached && one.generation === generation;
  const left = runners.filter((one) => !isOfPod(one));
  moves.add(`launcher removes pod g${generation}`, { pod: undefined, runners: left });
  if (left.length === runners.length) return;
  const detached = runners.map((one) => (isOfPod(one) ? changeRunner(one, { attached: false }) : one));
  moves.add(`launcher removes pod g${generation}, which lives on`, { pod: undefined, runners: detached });
}

function tellEnd(moves: Moves, { generation, owner, end }: Holder & { end: PodEnd }): void {
  const isCounted = end === 'crashed';
  const words = [isCounted ? 'counted' : 'uncounted', isCounted ? causeFor(moves, 'crash') : ''];
  moves.call({ verb: 'end', generation, owner, words }, (outcome, store) => {
    const told = moves.state.ends.filter((one) => one.generation !== generation || one.owner !== owner);
    const { slack } = moves.state;
    const isOther = store.keys.causeOf !== moves.state.store.keys.causeOf;
    const change = {
      store,
      ends: told,
      job: jobAfter(moves.state, outcome, store),
      slack: isOther && slack.told > 0 ? { ...slack, told: 0 } : slack,
    };
    const isNews = told.length < moves.state.ends.length || outcome.answer.kind === 'ended';
    if (isNews) moves.add(`launcher tells the end of g${generation}${owner === 'a' ? '' : owner}`, change);
  });
}

function causeFor({ world }: Moves, cause: string): string {
  return world.tellsCauses === true ? cause : '';
}

function jobAfter({ job }: State, { answer }: Outcome, store: Store): boolean {
  return answer.hint === 'wake' || (job && store.keys.state === 'launching');
}

/** Where one pod of a Kubernetes Job has ended it, its controller ends what is left of it. */
function endTwins(moves: Moves, { generation }: Holder): void {
  const { runners, ends } = moves.state;
  for (const twin of runners) {
    if (!twin.attached || twin.generation !== generation) continue;
    const left = runners.filter((one) => one !== twin);
    const { owner } = twin;
    moves.add('the Job’s controller ends its twin', {
      runners: left,
      ends: [...ends, { generation, owner, end: 'crashed' }],
    });
  }
}

/** Said in the thread under an id of its own, then marked as told; a teller that died in between is found out by reading back. */
function tellCause(moves: Moves): void {
  const { slack, store } = moves.state;
  const { cause, causeOf } = store.keys;
  const isWaiting = store.keys.inbox.length > 0;
  if (isWaiting && (slack.told === 0 || !moves.keeps('teller reads back'))) {
    moves.add(`the person is told why g${causeOf} ended`, { slack: { ...slack, told: slack.told + 1 } });
  }
  if (slack.told === 0 && isWaiting && moves.keeps('told after it was said')) return;
  moves.call({ verb: 'sweep', generation: causeOf, words: [cause] }, ({ answer }, after) => {
    const job = moves.state.job || answer.hint === 'wake';
    moves.add('the cause is marked as told', { store: after, job });
  });
}

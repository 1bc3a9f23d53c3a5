// What an ingress does with a message: append, wait for the replica, add the launch's job, tell Slack that it has arrived.
import type { Call } from './calls.ts';
import { isLive } from './keys.ts';
import type { Name } from './messages.ts';
import type { Moves } from './moves.ts';
import type { Ingress, State } from './state.ts';

export function addIngressSteps(moves: Moves): void {
  const { sends, sendsBeside = [] } = moves.world;
  for (const [index, ingress] of moves.state.ingresses.entries()) {
    const name = (index === 0 ? sends : sendsBeside)[ingress.next];
    if (name !== undefined) new IngressMoves(moves, index, ingress).addSteps(name);
  }
}

class IngressMoves {
  readonly #moves: Moves;
  readonly #index: number;
  readonly #ingress: Ingress;

  constructor(moves: Moves, index: number, ingress: Ingress) {
    this.#moves = moves;
    this.#index = index;
    this.#ingress = ingress;
  }

  addSteps(name: Name): void {
    const { answer } = this.#ingress;
    if (answer === 'saw nobody' || answer === 'saw a runner') this.#append(name, answer === 'saw a runner');
    else if (answer !== '') this.#settle(name);
    else if (this.#moves.keeps('atomic enqueue')) this.#append(name);
    else this.#readLease();
  }

  #readLease(): void {
    const { keys } = this.#moves.state.store;
    const isServed = isLive(keys) || keys.state === 'launching';
    this.#moves.add('ingress reads the lease', this.#after({ answer: isServed ? 'saw a runner' : 'saw nobody' }));
  }

  #append(name: Name, isServed = false): void {
    const moves = this.#moves;
    const { slack } = moves.state;
    const call: Call = { verb: 'enqueue', words: isServed ? [name, 'served'] : [name] };
    moves.call(call, ({ answer }, store) => {
      const said = answer.kind === 'duplicate' ? `ingress finds ${name} again` : `ingress appends ${name}`;
      if (answer.kind === 'full') {
        // It is said out loud; nothing is owed to it any more.
        const refused = slack.refused.includes(name) ? slack.refused : [...slack.refused, name].toSorted();
        const change = { store, slack: { ...slack, refused }, ...this.#after({ answer: 'full' }) };
        moves.add(`ingress refuses ${name}`, change);
        return;
      }
      moves.add(said, { store, ...this.#after({ answer: answer.hint === 'wake' ? 'wake' : 'quiet' }) });
      if (moves.mayFail('reply')) moves.fault(`${said}, the answer is lost`, { store });
    });
  }

  #settle(name: Name): void {
    const moves = this.#moves;
    const { answer, next, settled } = this.#ingress;
    const { slack, store, replica } = moves.state;
    if (moves.mayFail('ingress')) {
      moves.fault('ingress dies, Slack delivers again', this.#after({ answer: '', settled: false }));
    }
    const isSettled = replica === undefined || settled || replica === store;
    if (!isSettled && moves.keeps('wait before slack is told')) return;
    const arrived = slack.arrived.includes(name) ? slack.arrived : [...slack.arrived, name].toSorted();
    const done = {
      ...this.#after({ next: next + 1, answer: '', settled: false }),
      slack: answer === 'full' ? slack : { ...slack, arrived },
    };
    if (answer !== 'wake') {
      moves.add('Slack is told', done);
      return;
    }
    moves.add('ingress adds the job, Slack is told', { ...done, job: true });
    if (moves.world.wakesGetLost === true) moves.add('the wake is lost, Slack is told', done);
  }

  #after(change: Partial<Ingress>): Pick<State, 'ingresses'> {
    const [first, second] = this.#moves.state.ingresses;
    const changed = { ...this.#ingress, ...change };
    return { ingresses: this.#index === 0 ? [changed, second] : [first, changed] };
  }
}

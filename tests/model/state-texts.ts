// Tells canonical states apart: each by a short text. A state has few parts of its own, the rest it shares with others.
import { writeCovered } from './runner-part.ts';
import type { Ingress, State, Store } from './state.ts';

export class StateTexts {
  readonly #numbers = new Map<string, number>();
  /** Most steps leave most parts as they were. */
  readonly #known = new WeakMap<object, number>();

  of(state: State): string {
    const { store, replica, job, hand, pod, runners, ingresses, manifest, slack } = state;
    const [one, two] = ingresses;
    const counts = `${state.faults}${state.drains}${state.reopens}${job ? 1 : 0}${hand}`;
    let text = `${counts}${writeIngress(one)}${writeIngress(two)}`;
    if (pod !== undefined) text += `p${pod.generation}${pod.owner}${pod.end[0] ?? ''}`;
    for (const { generation, owner, end } of state.ends) text += `e${generation}${owner}${end[0]}`;
    text += `,${this.#number(store, writeStore)},${this.#number(manifest, writeManifest)},${this.#number(slack, writeSlack)}`;
    if (replica !== undefined) text += `=${replica === store ? '' : this.#number(replica, writeStore)}`;
    for (const runner of runners) text += `;${runner.generation}.${this.#numberOf(runner.text)}`;
    return text;
  }

  #number<T extends object>(part: T, write: (part: T) => string): number {
    let number = this.#known.get(part);
    if (number === undefined) this.#known.set(part, (number = this.#numberOf(write(part))));
    return number;
  }

  #numberOf(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) this.#numbers.set(text, (number = this.#numbers.size));
    return number;
  }
}

function writeStore({ keys, truth }: Store): string {
  const { holder } = truth;
  const tries = truth.tries.map(({ id, n, open }) => `${id}:${n}:${open.join(',')}`).join(' ');
  const who = holder === undefined ? '' : `${holder.generation}${holder.owner}`;
  return `s${keys.text}~${who}~${tries}~${truth.acknowledged.join(' ')}~${truth.alone.join(' ')}`;
}

function writeManifest({ writer, covered, held }: State['manifest']): string {
  const who = writer === undefined ? '' : `${writer.generation}${writer.owner}`;
  const waits = held === undefined ? '' : `${held.by}${held.triesBefore}${held.names.join(' ')}`;
  return `m${who}|${writeCovered(covered)}|${waits}`;
}

function writeSlack({ arrived, refused, posted, told }: State['slack']): string {
  return `t${arrived.join(' ')}|${refused.join(' ')}|${posted.join(' ')}|${told}`;
}

function writeIngress({ next, answer, settled }: Ingress): string {
  return `${next}${answer[0] ?? '-'}${answer[4] ?? '-'}${settled ? 1 : 0}`;
}

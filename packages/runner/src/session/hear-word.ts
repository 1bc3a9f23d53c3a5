// A word to a turn that runs, until its agent has heard it or it is known that it does not.
import { steerTurn } from '../turn/steer-turn.ts';
import type { Prompt } from '../turn/turn-parts.ts';
import type { ActiveTurn } from './finish-turn.ts';
import type { LaneParts } from './lane-parts.ts';

export type Heard = {
  readonly prompt: Prompt;
  /** It is a message like any other. */
  readonly wait: () => void;
};

/** One after the other: the files of the one before may yet be on their way. */
export function hearWord(parts: LaneParts, active: ActiveTurn, { prompt, wait }: Heard): void {
  const { steering, words, cancel, ended } = active;
  const before = steering.at(-1) ?? Promise.resolve();
  const signal = AbortSignal.any([cancel.signal, ended.signal]);
  const hear = async (): Promise<void> => {
    await before;
    const isHeard = await steerTurn(parts, { running: active.prompt, prompt }, signal);
    words.delete(prompt.message);
    if (!isHeard) wait();
  };
  words.add(prompt.message);
  steering.push(hear());
}

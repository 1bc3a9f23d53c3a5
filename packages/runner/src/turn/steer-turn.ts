// Stage: a message that begins with `!` is a word to the turn that runs, where its agent takes words in the middle of one.
import { setTimeout as sleep } from 'node:timers/promises';
import { takeFiles } from '../attached/take-files.ts';
import { sayMissing, withAttachments } from '../progress/file-words.ts';
import { sayHeard } from '../progress/spoken-words.ts';
import { readWord } from '../words/read-word.ts';
import type { Prompt, TurnParts } from './turn-parts.ts';

/** What it says to a turn that runs; undefined where it is a message like any other. */
export function wordIn(text: string): string | undefined {
  return /^!\s*(\S[^]*)$/.exec(text)?.[1];
}

export function canSteer({ agents }: Pick<TurnParts, 'agents'>, { session, text }: Prompt): boolean {
  return agents.atWork(session)?.steer !== undefined && wordIn(text) !== undefined && readWord(text) === undefined;
}

type SteerParts = Pick<
  TurnParts,
  'agents' | 'decode' | 'files' | 'fileSource' | 'tell' | 'callTimeoutMs' | 'over' | 'log'
>;
type Steering = { readonly running: Prompt; readonly prompt: Prompt };

/** Resolves to whether the turn of `running` has it, and is answered and settled together with it. */
export async function steerTurn(
  parts: SteerParts,
  { running, prompt }: Steering,
  cancel: AbortSignal,
): Promise<boolean> {
  const { session, identity: turn } = running;
  const word = parts.decode(wordIn(prompt.text) ?? '');
  try {
    const directory = parts.files.standing(session);
    // Nothing runs yet where there is no place for files.
    if (directory === undefined) return false;
    const attached = await takeFiles(parts, { prompt, directory }, cancel);
    // Only an answer of its own can tell the person.
    if (sayMissing(attached) !== undefined) return false;
    // Nobody may wait for an agent that does not say.
    const tooLong = sleep(parts.callTimeoutMs, false, { ref: false });
    const whole = withAttachments(word, attached);
    if ((await Promise.race([parts.agents.atWork(session)?.steer?.(session, whole), tooLong])) !== true) return false;
  } catch (error) {
    parts.log.warn({ err: error, turn }, 'word to a turn not taken');
    return false;
  }
  running.edits.push({ id: prompt.id, identity: prompt.identity });
  parts.tell({ type: 'agent.text', session, turn, data: { text: sayHeard(word) } });
  return true;
}

// The agent of a soak: says which message it answers and which turn had the files before it, after thinking for a while.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentProvider } from '@runnel/runner/serving';
import type { Dice } from './dice.ts';
import { readMessage, sayTurn } from './read-answer.ts';
import type { PodDisk } from './store-over-channel.ts';

/** Most turns are quick; some are long enough to be stopped, or to be killed in the middle. */
const THOUGHTS = [
  { share: 0.9, least: 0, most: 12 },
  { share: 0.985, least: 20, most: 150 },
  { share: 1, least: 200, most: 1_200 },
] as const;

export function numberedAgent(dice: Dice, disk: PodDisk): AgentProvider {
  return {
    name: 'numbered',
    async *startTurn({ turn, text, directory }, signal) {
      const { least, most } = THOUGHTS.find(({ share }) => dice.roll('thought', turn) < share) ?? THOUGHTS[0];
      const ms = dice.between(least, most, 'thinks', turn);
      if (ms >= 1) await sleep(ms, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) {
        yield { type: 'finished', stopReason: 'canceled', reply: '' };
        return;
      }
      const message = readMessage(text);
      const reply = sayTurn(message, disk.turns.get(directory.files) ?? 0);
      disk.turns.set(directory.files, message);
      yield { type: 'finished', stopReason: 'end_turn', reply };
    },
  };
}

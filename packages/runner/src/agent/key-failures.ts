// How a turn ends whose agent has no key for its model, or one that the model refuses. Its message is kept: nothing else is wrong with it.
import type { AgentEvent } from './agent-provider.ts';

type Finished = Extract<AgentEvent, { type: 'finished' }>;

/** `setting`: what whoever runs Runnel sets. */
export function keyFailures(agent: string, setting: string): readonly [none: Finished, refused: Finished] {
  const failed = (why: string): Finished => ({
    type: 'finished',
    stopReason: 'failed',
    reason: 'credential',
    reply: `${agent} ${why}: whoever runs Runnel sets \`${setting}\` on its launcher, or for \`npm start\`, and starts that again.`,
  });
  return [failed('has no key for its model'), failed('has a key that its model refuses')];
}

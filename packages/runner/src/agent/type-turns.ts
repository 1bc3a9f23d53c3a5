// Stage: a program that takes what is written as it is gets that and nothing else: to an interpreter every other word is one to run.
import { sayTaken } from '../progress/file-words.ts';
import { spoken, withNotices } from '../progress/spoken-words.ts';
import type { AgentProvider } from './agent-provider.ts';
import { aroundTurns } from './around-turns.ts';

export function typeTurns(provider: AgentProvider): AgentProvider {
  return aroundTurns(provider, async function* (request, signal) {
    const taken = sayTaken(request.files);
    if (request.text.trim() === '') {
      const empty = { stopReason: 'failed', reply: spoken.promptEmpty('prompt_empty') } as const;
      yield { type: 'finished', ...(taken === undefined ? empty : { stopReason: 'end_turn', reply: taken }) };
      return;
    }
    for await (const event of provider.startTurn(request, signal)) {
      const isNamed = event.type === 'finished' && taken !== undefined;
      yield isNamed ? { ...event, reply: withNotices(event.reply, [taken]) } : event;
    }
  });
}

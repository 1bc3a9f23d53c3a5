// Stage: what no agent can work on is refused before one is started; what its conversation does not say it is told, and what its repository says.
import { LOOK, sayTaken, withAttachments } from '../progress/file-words.ts';
import { spoken } from '../progress/spoken-words.ts';
import type { AgentProvider, TurnRequest } from './agent-provider.ts';
import { aroundTurns } from './around-turns.ts';
import { handOn } from './hand-on.ts';
import { newGuide } from './repository-guide.ts';

export function checkTurns(provider: AgentProvider): AgentProvider {
  const checked = aroundTurns(provider, async function* (request, signal) {
    const text = request.text.trim() === '' && sayTaken(request.files) !== undefined ? LOOK : request.text;
    if (text.trim() === '') {
      yield { type: 'finished', stopReason: 'failed', reply: spoken.promptEmpty('prompt_empty') };
      return;
    }
    const guide = await newGuide(provider.name, request.directory);
    const told = tellAll(provider, { ...request, text });
    const whole = guide === undefined ? told : `${guide.words}\n\n${told}`;
    for await (const event of provider.startTurn({ ...request, text: whole }, signal)) {
      // One that failed may have heard nothing.
      if (event.type === 'finished' && event.stopReason === 'end_turn') await guide?.heard();
      yield event;
    }
  });
  return { ...checked, readsHistory: true };
}

function tellAll({ name }: AgentProvider, { text, files, history, wasInterrupted }: TurnRequest): string {
  const before = [handOn(history, name), wasInterrupted ? spoken.interrupted : undefined];
  return [...before, withAttachments(text, files)].filter((part) => part !== undefined).join('\n\n');
}

// Stage: what no agent can work on is refused before one is started.
import { LOOK, sayTaken, withAttachments } from '../progress/file-words.ts';
import { spoken } from '../progress/spoken-words.ts';
import type { AgentProvider } from './agent-provider.ts';
import { aroundTurns } from './around-turns.ts';

export function checkTurns(provider: AgentProvider): AgentProvider {
  return aroundTurns(provider, async function* (request, signal) {
    const { files, wasInterrupted } = request;
    const text = request.text.trim() === '' && sayTaken(files) !== undefined ? LOOK : request.text;
    if (text.trim() === '') {
      yield { type: 'finished', stopReason: 'failed', reply: spoken.promptEmpty('prompt_empty') };
    } else {
      // It would answer as if there were none.
      const whole = withAttachments(text, files);
      // Nor does its conversation say why it has no end.
      const told = wasInterrupted ? `${spoken.interrupted}\n\n${whole}` : whole;
      yield* provider.startTurn({ ...request, text: told }, signal);
    }
  });
}

// A provider that follows a script: for tests of what calls a provider. Without a script it answers with what it was told.
import type { AgentEvent, AgentProvider, TurnRequest } from './agent-provider.ts';

export type ScriptedStep =
  | { readonly say: string }
  /** Holds the turn until it resolves, or the turn is canceled; a rejection fails the turn. */
  | { readonly wait: Promise<unknown> }
  /** Ends the turn as `failed`. */
  | { readonly fail: string }
  /** Ends the turn with this reply. Without it the turn ends after the last step with all that was said. */
  | { readonly finish: string };

/** One list for every turn, or a function that is asked at the start of each. */
export type Script = readonly ScriptedStep[] | ((request: TurnRequest) => readonly ScriptedStep[]);

export function scriptedProvider(script: Script = echo): AgentProvider {
  return {
    name: 'scripted',
    async *startTurn(request, signal) {
      let said = '';
      try {
        for (const step of typeof script === 'function' ? script(request) : script) {
          if (signal.aborted) break;
          if ('say' in step) {
            said += step.say;
            yield { type: 'text', text: step.say };
          } else if ('wait' in step) {
            await Promise.race([step.wait, aborted(signal)]);
          } else {
            yield ending(step);
            return;
          }
        }
      } catch (error) {
        yield ending({ fail: error instanceof Error ? error.message : String(error) });
        return;
      }
      yield { type: 'finished', stopReason: signal.aborted ? 'canceled' : 'end_turn', reply: said };
    },
  };
}

const echo: Script = ({ text }) => [{ say: text }];

function ending(step: { readonly fail: string } | { readonly finish: string }): AgentEvent {
  if ('fail' in step) return { type: 'finished', stopReason: 'failed', reply: step.fail };
  return { type: 'finished', stopReason: 'end_turn', reply: step.finish };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

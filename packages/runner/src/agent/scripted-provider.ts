// A provider that follows a script: for tests of what calls a provider. Without a script it answers with what it was told.
import type { AgentEvent, AgentProvider, Ask, Decision, FailureReason, TurnRequest } from './agent-provider.ts';

export type ScriptedStep =
  | { readonly say: string }
  /** Holds the turn until it resolves, or the turn is canceled; a rejection fails the turn. */
  | { readonly wait: Promise<unknown> }
  /** Says what the person decided. */
  | { readonly ask: Ask }
  /** Ends the turn as `failed`. */
  | { readonly fail: string; readonly reason?: FailureReason }
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
          } else if ('ask' in step) {
            const decided = sayDecision(await request.ask(step.ask));
            said += decided;
            yield { type: 'text', text: decided };
          } else {
            yield ending(step);
            return;
          }
        }
      } catch (error) {
        // Whoever waits for a person is told that the turn is over.
        if (!signal.aborted) {
          yield ending({ fail: error instanceof Error ? error.message : String(error) });
          return;
        }
      }
      yield { type: 'finished', stopReason: signal.aborted ? 'canceled' : 'end_turn', reply: said };
    },
  };
}

function sayDecision(decision: Decision): string {
  if (decision.kind === 'answer') return decision.text;
  if (decision.kind === 'deny') return 'denied';
  return decision.always ? 'always allowed' : 'allowed';
}

const echo: Script = ({ text }) => [{ say: text }];

type LastStep = Extract<ScriptedStep, { readonly fail: string } | { readonly finish: string }>;

function ending(step: LastStep): AgentEvent {
  if ('fail' in step) {
    const { fail: reply, ...why } = step;
    return { type: 'finished', stopReason: 'failed', reply, ...why };
  }
  return { type: 'finished', stopReason: 'end_turn', reply: step.finish };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

// The provider that is any program with a screen: what a person writes is typed into it, and what it shows then is the answer.
// Who may write to it is decided before it: for a shell, say, text is code.
import type { SessionKey } from '@runnel/shared';
import type { AgentProvider } from './agent-provider.ts';
import { TerminalPrograms, type TerminalProviderOptions } from './terminal-programs.ts';
import { TerminalTurn } from './terminal-turn.ts';

/** A session's program lives on from turn to turn, and ends with its runner at the latest: docs/decisions/0018. */
export function terminalProvider(options: TerminalProviderOptions): AgentProvider {
  const programs = new TerminalPrograms(options);
  const running = new Map<SessionKey, TerminalTurn>();
  return {
    name: 'terminal',
    staysRunning: true,
    async *startTurn(request, signal) {
      if (signal.aborted) {
        yield { type: 'finished', stopReason: 'canceled', reply: '' };
        return;
      }
      const turn = new TerminalTurn({ options, programs }, request, signal);
      running.set(request.session, turn);
      try {
        yield* turn.run();
      } finally {
        running.delete(request.session);
      }
    },
    forget: (session) => programs.forget(session),
    steer: (session, text) => running.get(session)?.hear(text) ?? Promise.resolve(false),
  };
}

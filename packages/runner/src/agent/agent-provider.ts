// PORT: the thing that does a turn's work. One adapter for each kind of agent.
import type { SessionKey } from '@runnel/shared';

/** Where a session lives in this pod; the paths are absolute and the same in every runner of a person. Both are archived. */
export type SessionDirectory = {
  /** The person's files; a turn starts in it, or where the last one left off. */
  readonly files: string;
  /** The provider's own memory of the session. */
  readonly state: string;
};

export type TurnRequest = {
  readonly session: SessionKey;
  /** Identity of the prompt. */
  readonly turn: string;
  /** Plain text, decoded from Slack's encoding; data, never trusted. */
  readonly text: string;
  readonly fileNames: readonly string[];
  readonly directory: SessionDirectory;
  /** To be told the process group of everything that is started, so that a lost lease ends it at once. */
  readonly onProcessGroup: (groupId: number) => Disposable;
};

/** As the Agent Client Protocol has them, as far as they occur. */
export type StopReason = 'end_turn' | 'canceled' | 'failed';

export type AgentEvent =
  | { readonly type: 'text'; readonly text: string }
  /** Always the last one, exactly once. `reply` is markdown. */
  | { readonly type: 'finished'; readonly stopReason: StopReason; readonly reply: string };

export type AgentProvider = {
  readonly name: string;
  /**
   * Runs one turn. Aborting the signal cancels it: everything it started is dead before `finished` comes, within 2 s.
   * What goes wrong is a `failed` turn with a reply that says so; it never throws.
   */
  startTurn(request: TurnRequest, signal: AbortSignal): AsyncIterable<AgentEvent>;
};

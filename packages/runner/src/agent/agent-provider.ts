// PORT: the thing that does a turn's work. One adapter for each kind of agent.
import type { SessionKey } from '@runnel/shared';
import type { agentPolicies } from '@runnel/shared/process';
import type { TakenFile } from '../attached/file-source.ts';

/** Where a session lives in this pod; the paths are absolute and the same in every runner of a person. Both are archived. */
export type SessionDirectory = {
  /** The person's files; a turn starts in it, or where the last one left off. */
  readonly files: string;
  /** The provider's own memory of the session. */
  readonly state: string;
  /** What programs take for the person's home where `files` are a checkout, in which everything counts as a change. Within `state`. */
  readonly home?: string;
};

export type TurnRequest = {
  readonly session: SessionKey;
  /** Identity of the prompt. */
  readonly turn: string;
  /** Plain text, decoded from Slack's encoding; data, never trusted. */
  readonly text: string;
  /** What the person attached. */
  readonly files: readonly TakenFile[];
  /** A runner before this one was at it when it ended. Of its files there is what was saved by then, which may be nothing. */
  readonly wasInterrupted: boolean;
  /** What was said in the session before, with whichever agent, oldest first. */
  readonly history: readonly Said[];
  /** The model that the person wants, as the agent names it; for agents that take one. */
  readonly model?: string | undefined;
  readonly directory: SessionDirectory;
  /** What may be done without asking the person. */
  readonly policy: PermissionPolicy;
  /**
   * Asks the person, and waits for as long as it takes. Rejects when the turn is canceled meanwhile, and when it is
   * parked: the answer then comes as a turn of its own.
   */
  readonly ask: (ask: Ask) => Promise<Decision>;
  /** To be told the process group of everything that is started, so that a lost lease ends it at once. */
  readonly onProcessGroup: (groupId: number) => Disposable;
};

/** One turn of the past. */
export type Said = {
  readonly agent: string;
  readonly asked: string;
  readonly answered: string;
  /** It may not have heard what it was asked. */
  readonly hasFailed?: boolean | undefined;
};

/** `full`: everything; `accept_edits`: files of the session are changed without asking, commands are not run; `ask`: nothing that changes anything. */
export type PermissionPolicy = (typeof agentPolicies)[number];

/** What a person is asked in the middle of a turn. Texts are the agent's own: shown, never trusted. */
export type Ask =
  | {
      readonly kind: 'permission';
      readonly title: string;
      readonly detail?: string;
      /**
       * All of what will be done, and none of the words about it: two with the same `does` ask for the very same thing, and what is decided
       * about one holds for an agent that comes back with the other.
       */
      readonly does: string;
    }
  /** Without choices any text is an answer. */
  | { readonly kind: 'question'; readonly text: string; readonly choices: readonly string[] };

export type Decision =
  /** `always`: for the rest of this session, for whatever the agent takes for the same. */
  | { readonly kind: 'allow'; readonly always: boolean }
  | { readonly kind: 'deny' }
  | { readonly kind: 'answer'; readonly text: string };

/** As the Agent Client Protocol has them, as far as they occur. */
export type StopReason = 'end_turn' | 'canceled' | 'failed';

/** `credential`: there is none for its model, or the model refuses it. The reply says who does what about it. */
export type FailureReason = 'credential';

/** Of one turn, as the agent counts it. `costUsd` where it knows prices. */
export type Usage = { readonly inputTokens: number; readonly outputTokens: number; readonly costUsd?: number };

export type AgentEvent =
  | { readonly type: 'text'; readonly text: string }
  /**
   * The agent uses a tool. `title` is one line that a person may read; the same `call` comes again when it has ended.
   * Two calls with the same `does` ask for the very same thing.
   */
  | { readonly type: 'tool'; readonly call: string; readonly title: string; readonly does: string }
  | { readonly type: 'tool_ended'; readonly call: string; readonly isError: boolean }
  /** All of its plan, each time it changes. */
  | { readonly type: 'plan'; readonly steps: readonly PlanStep[] }
  /** The model did not answer and is asked again; nothing is lost. */
  | { readonly type: 'retrying'; readonly attempt: number; readonly waitMs: number; readonly reason: string }
  /** Always the last one, exactly once. `reply` is markdown. */
  | {
      readonly type: 'finished';
      readonly stopReason: StopReason;
      readonly reply: string;
      readonly usage?: Usage;
      /** Why it failed, where its message is to be kept for that. */
      readonly reason?: FailureReason;
    };

export type PlanStep = { readonly title: string; readonly state: 'pending' | 'active' | 'done' };

export type AgentProvider = {
  readonly name: string;
  /** Whether a turn can have a model of its own. */
  readonly takesModel?: boolean;
  /** Whether it is told what other agents did in its session. */
  readonly readsHistory?: boolean;
  /**
   * Runs one turn. Aborting the signal cancels it: everything it started is dead before `finished` comes, soon where the
   * agent hears it and within 5 s where it does not. What goes wrong is a `failed` turn with a reply that says so; it never throws.
   */
  startTurn(request: TurnRequest, signal: AbortSignal): AsyncIterable<AgentEvent>;
  /** Whether what it started in a turn lives on between turns. */
  readonly staysRunning?: boolean;
  /** What it holds of a session beside its state goes. */
  readonly forget?: (session: SessionKey) => Promise<void>;
  /** A word to the session's turn while it runs. Resolves to whether it was taken: not where nothing runs, or too late. */
  readonly steer?: (session: SessionKey, text: string) => Promise<boolean>;
};

// One payload of Slack, from the socket or from a history, and the way to say that it was taken.

export type IncomingSlackEnvelope = {
  /** `events_api`, `interactive` or `slash_commands`; `history` for what was read back. */
  readonly type: string;
  readonly body: unknown;
  /** 0 for the first delivery. Only logged: a retried delivery is taken like any other. */
  readonly retry: number;
  /** `response` is what a slash command is answered with. Rejects when the socket is gone: Slack will deliver again. Missing where Slack waits for nothing. */
  readonly acknowledge?: (response?: object) => Promise<void>;
};

// What the socket hands over: one payload of Slack and the way to say that it was taken.

export type IncomingSlackEnvelope = {
  /** `events_api`, `interactive` or `slash_commands`. */
  readonly type: string;
  readonly body: unknown;
  /** 0 for the first delivery. Only logged: a retried delivery is taken like any other. */
  readonly retry: number;
  /** Rejects when the socket is gone: Slack will deliver again. */
  acknowledge(): Promise<void>;
};

// PORT: when anybody of the fleet listened to Slack, and the gaps in which nobody did.

export type Gap = {
  /** When somebody listened last, and when the gap was taken, in milliseconds since the epoch. */
  readonly since: number;
  readonly now: number;
  /** Names it, and what it is made of. */
  readonly marks: readonly string[];
};

export type Listening = {
  /**
   * Somebody listens now. Answers with a gap that is left to the caller to catch up: nobody else is given it before
   * `TAKEN_MS` have passed.
   */
  beat(): Promise<Gap | undefined>;
  /** It is caught up. */
  close(gap: Gap): Promise<void>;
  /** It is not, and may be given to somebody else at once. */
  giveBack(): Promise<void>;
};

/** How long a gap is left to who took it, in milliseconds: then they are dead, or it failed and is tried again. */
export const TAKEN_MS = 360_000;

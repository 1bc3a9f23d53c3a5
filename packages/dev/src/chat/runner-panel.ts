// What the chat page knows of the runners: who is awake, who waits, and how to end one in front of everybody's eyes.

export type RunnerRow = {
  userKey: string;
  /** The Slack user id, so that the page can show the person. */
  user: string;
  state: 'awake' | 'starting' | 'waiting' | 'asleep';
  /** In words, such as `place 2 of 3`; may be empty. */
  detail: string;
  /** When the state began, in milliseconds since 1970. */
  since?: number;
};

/** Both reject with a sentence for the person at the page. */
export type RunnerPanel = {
  list(): Promise<RunnerRow[]>;
  /** Ends the runner the hard way (SIGKILL): what follows is the product's own recovery. */
  kill(userKey: string): Promise<void>;
};

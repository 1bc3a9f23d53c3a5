// PORT: how events travel. In process for the hot path, a Redis stream for everybody else.
import type { Envelope } from './event.ts';
import type { UserKey } from './user-key.ts';

export type EventTransport = {
  /** Never throws for a consumer's sake: an event that cannot be published is logged and dropped, the turn goes on. */
  publish(envelope: Envelope): Promise<void>;
  /** Events of one user after the given envelope id (all that is kept when it is missing or unknown), then live until the signal aborts. */
  subscribe(user: UserKey, options: { after?: string; signal: AbortSignal }): AsyncIterable<Envelope>;
};

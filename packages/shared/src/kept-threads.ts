// PORT: which threads hold messages for want of a credential, so that a launcher which has one finds them.
import type { Generation } from './lease.ts';
import type { SessionKey } from './session.ts';
import type { UserKey } from './user-key.ts';

export type KeptThread = {
  readonly user: UserKey;
  readonly session: SessionKey;
  /** The agent that had no credential. */
  readonly agent: string;
  /** Of the lease of the runner that noted it. */
  readonly generation: Generation;
  /** Another one each time that something is kept there. */
  readonly id: string;
};

/** The manifest alone says what is held: a note too much costs a look, one that is lost costs a press. */
export type KeptThreads = {
  /** In place of what was noted of that thread before. */
  note(kept: KeptThread): Promise<void>;
  all(): Promise<KeptThread[]>;
  /** Only that very note: what was noted of its thread since stays. */
  remove(kept: KeptThread): Promise<void>;
  /** Whatever is noted of them. */
  forget(user: UserKey, sessions: readonly SessionKey[]): Promise<void>;
};

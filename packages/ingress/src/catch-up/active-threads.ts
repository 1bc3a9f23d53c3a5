// PORT: the threads of ours in which somebody wrote lately.
import type { SessionKey } from '@runnel/shared';

export type ActiveThreads = {
  /** The latest first; bounded in age and count. */
  list(): Promise<SessionKey[]>;
};

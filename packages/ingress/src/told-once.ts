// PORT: what a person was told already, so that a sentence is not said to them again and again.
import type { SessionKey, UserKey } from '@runnel/shared';

export type ToldOnce = {
  /** True the first time that this person is to hear whose thread it is. */
  isFirstInThread(session: SessionKey, author: string): Promise<boolean>;
  /** True the first time within a day that this person is to hear this: of a refusal, or an answer to a word. */
  isFirstInDay(user: UserKey, what: string): Promise<boolean>;
};

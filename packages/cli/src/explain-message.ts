// Stage: finds a message, reads what is known about it, and tells its story with a verdict.
import type { StepRecord } from '@runnel/shared';
import { decideStory } from './decide-story.ts';
import { decideUnknown, decideWaitingFor } from './decide-waiting-for.ts';
import type { FoundMessage, MessageFacts, Verdict } from './message-facts.ts';
import { sayName, type MessageName } from './read-message-name.ts';

/** Where the facts come from. */
export type FactReader = {
  /** Undefined for a message that nobody's inbox knows. */
  find(name: MessageName): Promise<FoundMessage | undefined>;
  read(found: FoundMessage): Promise<MessageFacts>;
};

export type Explanation = {
  readonly message: string;
  readonly user?: string;
  readonly verdict: Verdict;
  readonly steps: readonly StepRecord[];
};

/** `now` in milliseconds since the epoch, for a message of which nothing else is known. */
export async function explainMessage(name: MessageName, reader: FactReader, now: number): Promise<Explanation> {
  const found = await reader.find(name);
  if (found === undefined) return { message: sayName(name), verdict: decideUnknown(name, now), steps: [] };
  const facts = await reader.read(found);
  const steps = decideStory(facts.records, found.identity);
  return { message: found.identity, user: found.user, verdict: decideWaitingFor({ ...facts, records: steps }), steps };
}

// Policy: which agent has a thread's next turn, and with which model: what its person chose counts most, then its repository, then the
// fleet.
import type { Chosen } from '../store/session-store.ts';
import type { RepositorySettings } from '../workspace/repository-settings.ts';

export type AgentWishes = {
  /** Of the fleet, the default first. */
  readonly names: readonly string[];
  readonly person: Chosen;
  readonly repository: Pick<RepositorySettings, 'agent' | 'model'>;
};

/** `by`: who wanted it so. */
export type AgentDecision = {
  readonly name: string;
  readonly by: 'person' | 'repository' | 'fleet';
  readonly model: string | undefined;
};

/** What the fleet does not have any more is nobody's wish. */
export function decideAgent({ names, person, repository }: AgentWishes): AgentDecision {
  const wishes = [
    ['person', person.agent],
    ['repository', repository.agent],
    ['fleet', names[0]],
  ] as const;
  const [by, name = ''] = wishes.find(([, wanted]) => wanted !== undefined && names.includes(wanted)) ?? ['fleet'];
  // A model without an agent's name is meant for whoever works where nobody chose.
  const ofRepository = (repository.agent ?? names[0]) === name ? repository.model : undefined;
  return { name, by, model: person.model?.of === name ? person.model.name : ofRepository };
}

// Stage: a word for Runnel itself is answered in its turn, where the agent would have been asked.
import type { Turn } from '../turn/run-turn.ts';
import type { TurnParts } from '../turn/turn-parts.ts';
import { beginAfresh } from './begin-afresh.ts';
import { chooseAgent } from './choose-agent.ts';
import { chooseRepository } from './choose-repository.ts';
import { forgetPerson } from './forget-person.ts';
import { listThreads } from './list-threads.ts';
import type { Word } from './read-word.ts';

type Asked = { readonly word: Word; readonly turn: Turn };

/** Resolves to what the person is told. Answered twice it comes to the same. */
export async function answerWord(parts: TurnParts, { word, turn }: Asked, cancel: AbortSignal): Promise<string> {
  const { session } = turn.prompt;
  switch (word.name) {
    case 'agent':
    case 'model':
      return chooseAgent(parts, word, { session, cancel });
    case 'repo':
    case 'branch':
      return chooseRepository(parts, word, { session, cancel });
    case 'new':
      return beginAfresh(parts, session, cancel);
    case 'sessions':
      return listThreads(parts, session);
    case 'forget me':
      return forgetPerson(parts, turn, cancel);
  }
}

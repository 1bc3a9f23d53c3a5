// Stage: a word for Runnel itself is answered in its turn, where the agent would have been asked.
import type { Prompt, TurnParts } from '../turn/turn-parts.ts';
import { beginAfresh } from './begin-afresh.ts';
import { chooseAgent } from './choose-agent.ts';
import { chooseRepository } from './choose-repository.ts';
import { listThreads } from './list-threads.ts';
import type { Word } from './read-word.ts';

type Asked = { readonly word: Word; readonly prompt: Prompt };

/** Resolves to what the person is told. Answered twice it comes to the same. */
export async function answerWord(parts: TurnParts, { word, prompt }: Asked, cancel: AbortSignal): Promise<string> {
  switch (word.name) {
    case 'agent':
    case 'model':
      return chooseAgent(parts, prompt.session, word);
    case 'repo':
    case 'branch':
      return chooseRepository(parts, prompt.session, word);
    case 'new':
      return beginAfresh(parts, prompt.session, cancel);
    case 'sessions':
      return listThreads(parts, prompt.session);
  }
}

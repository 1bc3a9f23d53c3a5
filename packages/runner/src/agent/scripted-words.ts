// What a message asks the scripted agent for, where nobody wrote it a script: to try the cards of `npm start`, and for stories.
import type { ScriptedStep } from './scripted-provider.ts';

/**
 * `ask: …`, `choose: … | … | …` (the question, then its choices) and `question: …` ask the person; anything else is said back.
 * That it was interrupted it may be told first, in brackets.
 */
export function scriptedWords(text: string): ScriptedStep[] {
  const [, word, rest = ''] = /^(?:\([^)]*\)\n\n)?(ask|choose|question): ([^]+)$/.exec(text.trim()) ?? [];
  switch (word) {
    case 'ask':
      return [{ ask: { kind: 'permission', title: rest, does: rest } }];
    case 'choose': {
      const [question = '', ...choices] = rest.split('|').map((part) => part.trim());
      return [{ ask: { kind: 'question', text: question, choices } }];
    }
    case 'question':
      return [{ ask: { kind: 'question', text: rest, choices: [] } }];
    default:
      return [{ say: text }];
  }
}

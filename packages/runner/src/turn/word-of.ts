// Which word for Runnel itself a prompt is. One that answers a question is none; a decision on what a word asked is that word.
import { readWord, type Word } from '../words/read-word.ts';
import type { Prompt } from './turn-parts.ts';

export function wordOf({ resumes, ...prompt }: Prompt): Word | undefined {
  const { text, fileNames } = resumes?.asked.prompt ?? prompt;
  const word = fileNames.length === 0 ? readWord(text) : undefined;
  return resumes === undefined || word?.name === 'forget me' ? word : undefined;
}

// Which word for Runnel itself a prompt is. One that answers a question is none.
import { readWord, type Word } from '../words/read-word.ts';
import type { Prompt } from './turn-parts.ts';

export function wordOf({ text, fileNames, resumes }: Prompt): Word | undefined {
  return resumes === undefined && fileNames.length === 0 ? readWord(text) : undefined;
}

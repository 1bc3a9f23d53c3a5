// What a script answered, read at the edge.
import { z } from 'zod';

const answerSchema = z.array(z.union([z.string(), z.number()]).transform(String));

/** Scripts answer a flat list of strings and numbers; anything else is a defect of ours. */
export function readAnswer(answer: unknown): string[] {
  return answerSchema.parse(answer);
}

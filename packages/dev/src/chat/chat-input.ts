// What the page may ask for, and the sentence it is told when it asks for something else.
import { z } from 'zod';

const MAX_TEXT = 40_000;
const MAX_FILES = 10;

const id = z.string().min(1).max(255);
const ts = z.string().regex(/^\d{1,12}\.\d{6}$/, 'is no timestamp of a message');
const text = z.string().max(MAX_TEXT, `has more than ${MAX_TEXT} characters`);
const file = z.strictObject({ name: id, mimetype: z.string().max(255).optional(), base64: z.base64() });
const target = { user: id, channel: id, ts };

export const CHAT_INPUT = {
  post: z
    .strictObject({
      user: id,
      channel: id,
      text,
      threadTs: ts.optional(),
      files: z.array(file).max(MAX_FILES).default([]),
    })
    .refine((post) => post.text.trim() !== '' || post.files.length > 0, 'a message needs a text or a file'),
  command: z.strictObject({ user: id, channel: id, threadTs: ts.optional(), command: id, text }),
  edit: z.strictObject({ ...target, text: text.refine((words) => words.trim() !== '', 'is empty') }),
  delete: z.strictObject(target),
  press: z.strictObject({
    ...target,
    actionId: id,
    value: z.string().max(2000).optional(),
    blockId: id.optional(),
    text: text.optional(),
  }),
  stop: z.strictObject({ user: id, channel: id, threadTs: ts }),
  kill: z.strictObject({ userKey: id }),
};

/** The input as the schema has it, or an Error whose message is a sentence for the person. */
export async function readInput<Input>(
  request: { json(): Promise<unknown> },
  schema: z.ZodType<Input>,
): Promise<Input> {
  const body = await request.json().catch(() => {
    throw new Error('The request is no JSON.');
  });
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const faults = read.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '));
  throw new Error(`The request was not understood: ${faults.join('; ')}.`);
}

// What is answered in words, because it is no command: a greeting, a call for help, nothing, or what no command can be.
import { sayTaken } from '../progress/file-words.ts';
import { spoken } from '../progress/spoken-words.ts';
import type { TurnRequest } from './agent-provider.ts';

export type ShellWords = { readonly understood: boolean; readonly reply: string };

/** Undefined when the message is a command. */
export function answerInWords({ text, files }: Pick<TurnRequest, 'text' | 'files'>): ShellWords | undefined {
  const trimmed = text.trim();
  // Only a short message can be one of the words, and the pattern is slow on a long run of blanks.
  const said = trimmed.length > 20 ? trimmed : trimmed.toLowerCase().replace(/[\s!.?]+$/, '');
  if (text.includes('\0')) return { understood: false, reply: NO_NUL };
  if (trimmed === '' && files.length > 0) return answerToFiles(files);
  if (said === 'help' || trimmed === '') return { understood: true, reply: ABOUT };
  return GREETINGS.has(said) ? { understood: true, reply: `Hello! ${ABOUT}` } : undefined;
}

/** The next command may name them. What is missing of them is said in front of every answer. */
function answerToFiles(files: TurnRequest['files']): ShellWords {
  const taken = sayTaken(files);
  if (taken === undefined) return { understood: false, reply: spoken.promptEmpty('prompt_empty') };
  return { understood: true, reply: taken };
}

const GREETINGS = new Set(['hi', 'hello', 'hey']);

const ABOUT = `What you write to me is run as a command in bash, in a folder of this conversation's own. Files, the current folder and exported variables are there next time. Try one of these:

- \`echo hello > note.txt && cat note.txt\`
- \`for i in 1 2 3; do echo "tick $i"; sleep 1; done\`
- \`ls -la\`

\`stop\` ends a command that is running.`;

const NO_NUL =
  'Nothing was run: the message holds a NUL character, which no command can. Where you need one, write `\\0` for `printf`, as in `printf "a\\0b"`.';

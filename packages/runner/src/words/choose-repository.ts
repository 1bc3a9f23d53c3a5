// Stage: `repo` and `branch`, which say where a thread works, and before it does, change it.
import { readdir } from 'node:fs/promises';
import { inCode, RunnelError, titleOf, type SessionKey } from '@runnel/shared';
import type { WorkRecord } from '../store/session-store.ts';
import type { TurnParts } from '../turn/turn-parts.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { hasBegun } from './has-begun.ts';
import { DEFAULT, keepChoice } from './keep-choice.ts';
import type { ChoosingWord } from './read-word.ts';

type ChoosingParts = Pick<TurnParts, 'agents' | 'manifest' | 'files' | 'workspaces' | 'decode' | 'over'>;

/** What git takes for a name of a branch, and no option of its command line. */
const BRANCH_NAME = /^(?!.*\.\.)[\w][\w./-]{0,199}$/;

/** Resolves to what the person is told. Done twice it comes to the same. */
export async function chooseRepository(
  parts: ChoosingParts,
  { name, value }: ChoosingWord,
  { session, cancel }: { readonly session: SessionKey; readonly cancel: AbortSignal },
): Promise<string> {
  const { workspaces } = parts;
  if (workspaces === undefined) return 'There are no repositories here: each thread has a folder of its own.';
  const work = workspaces.record(session);
  if (work !== undefined && value === undefined) return tellWork(work);
  if (work !== undefined) {
    return `${tellWork(work)} It stays there: say \`${name} …\` before anything else in a new thread.`;
  }
  if (await hasFolder(parts, session, cancel)) {
    return 'This thread has a folder of its own and no repository. It stays so.';
  }
  if (value === undefined) return tellWanted(parts, session);
  const wanted = value === DEFAULT ? undefined : parts.decode(value);
  return name === 'repo' ? setRepository(parts, workspaces, { session, wanted }) : setBranch(parts, session, wanted);
}

/** It began where there were no repositories. */
async function hasFolder(parts: ChoosingParts, session: SessionKey, cancel: AbortSignal): Promise<boolean> {
  if (!hasBegun(parts, session)) return false;
  const { directory } = await parts.files.bringBack(session, cancel);
  return (await readdir(directory.files)).some((name) => name !== '.git');
}

type Wanting = { readonly session: SessionKey; readonly wanted: string | undefined };

async function setRepository(
  parts: ChoosingParts,
  workspaces: Workspaces,
  { session, wanted }: Wanting,
): Promise<string> {
  try {
    const name = wanted === undefined ? undefined : (await workspaces.chooseRepository(wanted)).name;
    // A branch is one repository's.
    await keepChoice(parts, { session, isBegun: false }, (chosen) => ({
      ...chosen,
      repository: name,
      branch: undefined,
    }));
    return `The repository of ${SCOPE} is ${name === undefined ? 'your usual one' : inCode(name)}.`;
  } catch (reason) {
    parts.over.throwIfAborted();
    const { code, rawMessage } = RunnelError.from(reason);
    return `Nothing is changed (${code}): ${rawMessage}`;
  }
}

async function setBranch(parts: ChoosingParts, session: SessionKey, wanted: string | undefined): Promise<string> {
  if (wanted !== undefined && !BRANCH_NAME.test(wanted)) {
    return `${inCode(titleOf(wanted))} is no name of a branch. For example \`branch main\`.`;
  }
  await keepChoice(parts, { session, isBegun: false }, (chosen) => ({ ...chosen, branch: wanted }));
  if (wanted === undefined) return `The branch of ${SCOPE} begins at the default one.`;
  return `The branch of ${SCOPE} begins at ${inCode(wanted)}. Whether that is there the first message finds out.`;
}

/** A thread that has no work yet begins with the others, whatever was tried in it. */
const SCOPE = 'this thread, and of those that you begin from now on,';

function tellWork({ name, branch, baseBranch }: WorkRecord): string {
  const begun = baseBranch === undefined ? '' : `, which began at ${inCode(baseBranch)}`;
  return `This thread works in ${inCode(name)}, on its branch ${inCode(branch)}${begun}.`;
}

function tellWanted({ agents }: ChoosingParts, session: SessionKey): string {
  const { repository, branch } = agents.chosenIn(session);
  const where = repository === undefined ? 'your usual repository' : `${inCode(repository)}, as you chose`;
  const begins = branch === undefined ? 'its default branch' : inCode(branch);
  return `This thread will work in ${where}, and begin at ${begins}. \`repo owner/name\` and \`branch NAME\` change that, before it begins; \`default\` takes them back.`;
}

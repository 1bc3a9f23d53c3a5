// Stage: the files of a message are laid beside the session's own, where its agent finds them and its archive keeps them.
// One that is not there never costs the turn.
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RunnelError, type AttachedFile } from '@runnel/shared';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import { giveUpAfter } from '../keep-trying.ts';
import type { Prompt, TurnParts } from '../turn/turn-parts.ts';
import { attachedFolder } from './attached-folder.ts';
import { decideFileName, decideFileNames } from './decide-file-names.ts';
import { FileMissing, MOST_FILES, MOST_MEGABYTES, type MissingReason, type TakenFile } from './file-source.ts';

/** All of a message's files together may take as long as this many calls. */
const CALLS = 4;

type TakeParts = Pick<TurnParts, 'fileSource' | 'callTimeoutMs' | 'over' | 'log'>;
type Taking = { readonly prompt: Prompt; readonly directory: SessionDirectory };

/** Whoever takes them again finds those that are there. Rejects only where this is canceled, or the runner over. */
export async function takeFiles(
  parts: TakeParts,
  { prompt, directory }: Taking,
  cancel: AbortSignal,
): Promise<TakenFile[]> {
  const files = prompt.files ?? prompt.fileNames.map((name) => ({ name }));
  if (files.length === 0) return [];
  const folder = join(attachedFolder(directory), decideFileName(prompt.ts));
  const names = decideFileNames(files.map(({ name }) => name));
  const tooSlow = new RunnelError('slack_unavailable', 'The files of a message did not come in time.');
  const late = giveUpAfter(CALLS * parts.callTimeoutMs, tooSlow);
  const stopped = AbortSignal.any([parts.over, cancel]);
  const signal = AbortSignal.any([stopped, late]);
  const taken = files.map(async (file, n): Promise<TakenFile> => {
    const { name } = file;
    if (n >= MOST_FILES) return { name, missing: 'too_many' };
    const path = join(folder, names[n] ?? name);
    try {
      await take(parts, { file, path, part: join(folder, `.${n}.part`) }, signal);
      return { name, path };
    } catch (error) {
      stopped.throwIfAborted();
      const missing = reasonOf(error, late);
      parts.log.warn({ err: error, session: prompt.session, missing }, 'attached file not taken');
      return { name, missing };
    }
  });
  return Promise.all(taken);
}

type OneFile = {
  readonly file: AttachedFile;
  readonly path: string;
  /** Where it lies until it is whole: no name of a file begins like that. */
  readonly part: string;
};

async function take({ fileSource }: TakeParts, { file, path, part }: OneFile, signal: AbortSignal): Promise<void> {
  if (await isThere(path)) return;
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  try {
    await fileSource.fetch(file, { path: part, mostBytes: MOST_MEGABYTES * 1024 * 1024 }, signal);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function reasonOf(error: unknown, late: AbortSignal): MissingReason {
  if (error instanceof FileMissing) return error.why;
  return late.aborted ? 'too_slow' : 'not_saved';
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

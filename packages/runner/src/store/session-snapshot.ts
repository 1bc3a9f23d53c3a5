// What of a session a whole archive holds, as it looked in the file system, and what became of it since. Pure.
import { createHash } from 'node:crypto';
import type { SessionFile } from './list-session-files.ts';

/** The stamp of each file that is in the archive, by its path there; `UNSURE` for what may have changed unseen. */
export type Snapshot = ReadonlyMap<string, string>;
export const UNSURE = '';

/** `clockMs`: the file system's, read before the files were listed. What was changed no earlier may be changed again in the same tick. */
export function takeSnapshot(files: readonly SessionFile[], clockMs: number): Map<string, string> {
  return new Map(files.map(({ path, stamp, changedMs }) => [path, changedMs < clockMs ? stamp : UNSURE]));
}

/** The same as long as nothing changes. Undefined where something may change unseen. */
export function fingerprintOf(files: readonly SessionFile[], clockMs: number): string | undefined {
  if (files.some(({ changedMs }) => changedMs >= clockMs)) return undefined;
  const all = files.map(({ path, stamp }) => `${path}\0${stamp}\0`).join('');
  return createHash('sha256').update(all).digest('hex');
}

export type Changes = {
  /** Of the files that are there now, those that the archive does not have as they are. */
  readonly changed: readonly SessionFile[];
  /** Paths of what is in the archive and has to be passed over. */
  readonly without: readonly string[];
};

export function changesSince(snapshot: Snapshot, files: readonly SessionFile[]): Changes {
  const without = new Set(snapshot.keys());
  const changed = files.filter(({ path, type, stamp }) => {
    const isSame = snapshot.get(path) === stamp;
    // A folder stays what it is for what is in it, whatever its rights are.
    if (isSame || type === 'Directory') without.delete(path);
    return !isSame;
  });
  return { changed, without: [...without] };
}

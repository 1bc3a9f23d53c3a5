// PORT: a session's directory as one file, and back.
import type { SessionDirectory } from '../agent/agent-provider.ts';

/** What is not in the archive, and why. `path` begins with `files/` or `state/` and is for reading only. */
export type LeftOut = { readonly path: string; readonly why: string };

export type SessionArchiver = {
  /** The same content makes the same bytes, so that an unchanged session costs no upload. Resolves to what had to be left out. */
  pack(directory: SessionDirectory, file: string): Promise<readonly LeftOut[]>;
  /** Into an empty directory. Throws `store_corrupt` for a file that is no archive of ours. */
  unpack(file: string, directory: SessionDirectory): Promise<void>;
};

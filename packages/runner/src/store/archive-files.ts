// Sessions as `.tar.zst`: a tar of `files/` and `state/`, compressed with zstd. Any tar with zstd can read it.
import { archiveSession } from './archive-session.ts';
import { restoreSession } from './restore-session.ts';
import type { SessionArchiver } from './session-archiver.ts';

export const archiveFiles: SessionArchiver = {
  pack: (directory, file) => archiveSession(directory, file),
  unpack: (file, directory) => restoreSession(file, directory),
};

// Sessions as `.tar.zst`: a tar of `files/` and `state/`, compressed with zstd. Any tar with zstd can read it.
import { archiveSession } from './archive-session.ts';
import { restoreSession } from './restore-session.ts';
import type { SessionArchiver } from './session-archiver.ts';
import { showsWrites } from './shows-writes.ts';

export const archiveFiles: SessionArchiver = {
  async pack(directory, file, standing) {
    if (await showsWrites(directory.files)) return archiveSession(directory, file, { standing });
    const { leftOut } = await archiveSession(directory, file);
    return { kind: 'whole', leftOut };
  },
  async unpack(file, directory, base) {
    const standing = await restoreSession(file, directory, base);
    return (await showsWrites(directory.files)) ? standing : undefined;
  },
};

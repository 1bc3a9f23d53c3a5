// Whether a changed file can be told by its times, whatever changed it. The file systems here date the first write to each page of
// a file that is mapped into memory; tmpfs does not, and of others nobody looked.
import { statfs } from 'node:fs/promises';

/** Of linux/magic.h: ext2 to ext4, XFS, Btrfs, overlayfs. */
const KNOWN = new Set([0xef53, 0x58465342, 0x9123683e, 0x794c7630]);

export async function showsWrites(folder: string): Promise<boolean> {
  return statfs(folder).then(
    // A negative number where the kernel's is a signed one.
    ({ type }) => KNOWN.has(type >>> 0),
    () => false,
  );
}

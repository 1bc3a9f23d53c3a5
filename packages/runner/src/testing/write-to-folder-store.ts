// A process of its own with writers that add to a manifest: `node write-to-folder-store.ts <root> <user> <writers> <times>`.
import type { UserKey } from '@runnel/shared';
import { folderSessionStore } from '../store/folder-session-store.ts';

const [root = '', user = '', writers = '', times = ''] = process.argv.slice(2);
const store = folderSessionStore(root);

await Promise.all(Array.from({ length: Number(writers) }, addToManifest));

async function addToManifest(): Promise<void> {
  for (let done = 0; done < Number(times);) {
    const read = await store.readManifest(user as UserKey);
    if (read === undefined || read.unreadable > 0) throw new Error('there is no manifest, or a torn one');
    const { writer } = read.manifest;
    const next = { ...read.manifest, writer: { ...writer, write: writer.write + 1 } };
    try {
      await store.writeManifest(user as UserKey, next, read.revision);
      done += 1;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'store_conflict')) throw error;
    }
  }
}

import { memorySessionStore } from './memory-session-store.ts';
import { addToManifest, type ArchivePlace, describeSessionStore } from './session-store.testsuite.ts';

describeSessionStore('memory', async () => {
  const store = memorySessionStore();
  const keyOf = ({ user, session, archive }: ArchivePlace): string => `${user}/${session}/${archive.digest}`;
  return {
    store,
    damageArchive: async (at) => {
      const content = Buffer.from(store.archives.get(keyOf(at)) ?? '');
      content[0] = (content[0] ?? 0) ^ 1;
      store.archives.set(keyOf(at), content);
    },
    removeArchive: async (at) => void store.archives.delete(keyOf(at)),
    contend: async (user, writers, times) => {
      await Promise.all(Array.from({ length: writers }, () => addToManifest(store, user, times)));
    },
  };
});

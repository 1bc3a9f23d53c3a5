// Threads that hold messages for want of a credential, in memory, for unit tests.
import type { KeptThread, KeptThreads } from '../kept-threads.ts';

export function memoryKeptThreads(): KeptThreads {
  const notes = new Map<string, KeptThread>();
  const keyOf = (user: string, session: string): string => `${user} ${session}`;
  return {
    async note(kept) {
      notes.set(keyOf(kept.user, kept.session), kept);
    },
    all: async () => [...notes.values()],
    async remove({ user, session, id }) {
      const key = keyOf(user, session);
      if (notes.get(key)?.id === id) notes.delete(key);
    },
    async forget(user, sessions) {
      for (const session of sessions) notes.delete(keyOf(user, session));
    },
  };
}

// Keeps the order of what arrives in one thread, though every step waits for Redis. Threads do not wait for each other.

export type InThreadOrder = <T>(thread: string, work: () => Promise<T>) => Promise<T>;

export function orderByThread(): InThreadOrder {
  const last = new Map<string, Promise<unknown>>();
  return async (thread, work) => {
    const before = last.get(thread) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(thread, mine);
    try {
      return await mine;
    } finally {
      if (last.get(thread) === mine) last.delete(thread);
    }
  };
}

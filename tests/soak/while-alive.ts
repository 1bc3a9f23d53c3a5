// One runner of a process that has many must be able to die alone: from then on nothing it asked for is answered, and
// nothing it asks for is done.

export type Mortal = { readonly isDead: boolean };

/** The same port for as long as its owner lives. */
export function whileAlive<T extends object>(port: T, owner: Mortal): T {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (owner.isDead) return never();
        const answer: unknown = Reflect.apply(value, target, args);
        return answer instanceof Promise ? unlessDead(answer, owner) : answer;
      };
    },
  });
}

async function unlessDead(answer: Promise<unknown>, owner: Mortal): Promise<unknown> {
  try {
    const value = await answer;
    return owner.isDead ? await never() : value;
  } catch (error) {
    if (owner.isDead) await never();
    throw error;
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

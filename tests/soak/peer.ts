// Two processes that ask each other things over the channel between a parent and its child.

/** What one side answers to: one argument in, an answer or a promise of it out. */
type Verbs<V> = { [K in keyof V]: (args: never) => unknown };

type Frame =
  | { readonly verb: string; readonly args: unknown; readonly ask?: number }
  | { readonly answer: number; readonly value?: unknown; readonly failed?: string };

/** `process` of a child, or a `ChildProcess` of its parent. */
export type ChannelEnd = {
  send?: (frame: Frame, ...ignored: [handle: undefined, options: object, done: () => unknown]) => boolean;
  on(event: 'message', listener: (frame: unknown) => void): unknown;
};

export type Peer<V extends Verbs<V>> = {
  /** Rejects with what the other side threw, or when it is gone. */
  ask<K extends keyof V & string>(verb: K, args: Parameters<V[K]>[0]): Promise<Awaited<ReturnType<V[K]>>>;
  tell<K extends keyof V & string>(verb: K, args: Parameters<V[K]>[0]): void;
  /** Nothing of what was sent waits in this process for its pipe to take it. */
  readonly isFlushed: boolean;
  /** The other side is gone: whoever waits for it hears so. */
  close(): void;
};

export function peerOver<Theirs extends Verbs<Theirs>, Mine extends Verbs<Mine>>(
  end: ChannelEnd,
  mine: Mine,
): Peer<Theirs> {
  const waiting = new Map<number, PromiseWithResolvers<never>>();
  let asked = 0;
  let unsent = 0;
  let isClosed = false;
  // A process that is gone answers nothing: its exit says so, not each send.
  const send = (frame: Frame): void => {
    unsent += 1;
    end.send?.(frame, undefined, {}, () => (unsent -= 1));
  };
  const serve = async (verb: string, args: unknown, ask: number | undefined): Promise<void> => {
    try {
      const value = await mine[verb as keyof Mine](args as never);
      if (ask !== undefined && !isClosed) send({ answer: ask, value });
    } catch (error) {
      if (ask === undefined) throw error;
      if (!isClosed) send({ answer: ask, failed: error instanceof Error ? error.message : String(error) });
    }
  };
  end.on('message', (received) => {
    const frame = received as Frame;
    if ('verb' in frame) return void serve(frame.verb, frame.args, frame.ask);
    const one = waiting.get(frame.answer);
    waiting.delete(frame.answer);
    if (frame.failed === undefined) one?.resolve(frame.value as never);
    else one?.reject(new Error(frame.failed));
  });
  return {
    get isFlushed() {
      return unsent === 0;
    },
    ask(verb, args) {
      if (isClosed) return Promise.reject(new Error('The other process is gone.'));
      const answer = Promise.withResolvers<never>();
      waiting.set((asked += 1), answer);
      send({ verb, args, ask: asked });
      return answer.promise;
    },
    tell(verb, args) {
      if (!isClosed) send({ verb, args });
    },
    close() {
      isClosed = true;
      for (const one of waiting.values()) one.reject(new Error('The other process is gone.'));
      waiting.clear();
    },
  };
}

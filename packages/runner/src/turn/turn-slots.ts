// How many turns run side by side in this pod; one that has to be alone waits for the others, and they for it.

export type TurnSlots = {
  /** Whether a slot would be given at once. */
  isFree(alone: boolean): boolean;
  /** First come, first served. Throws the signal's reason when it is aborted before. */
  take(alone: boolean, signal: AbortSignal): Promise<Disposable>;
};

type Waiting = { readonly alone: boolean; readonly given: PromiseWithResolvers<void> };

export function turnSlots(concurrency: number): TurnSlots {
  let taken = 0;
  let isAlone = false;
  let waiting: Waiting[] = [];

  const fits = (alone: boolean): boolean => !isAlone && (alone ? taken === 0 : taken < concurrency);
  const giveOut = (): void => {
    let first = waiting[0];
    while (first !== undefined && fits(first.alone)) {
      taken += 1;
      isAlone = first.alone;
      waiting.shift();
      first.given.resolve();
      first = waiting[0];
    }
  };
  return {
    isFree: (alone) => waiting.length === 0 && fits(alone),
    async take(alone, signal) {
      signal.throwIfAborted();
      const mine: Waiting = { alone, given: Promise.withResolvers<void>() };
      const leave = (): void => {
        waiting = waiting.filter((one) => one !== mine);
        mine.given.reject(signal.reason);
        giveOut();
      };
      signal.addEventListener('abort', leave);
      waiting.push(mine);
      giveOut();
      try {
        await mine.given.promise;
      } finally {
        signal.removeEventListener('abort', leave);
      }
      return {
        [Symbol.dispose]() {
          taken -= 1;
          isAlone = false;
          giveOut();
        },
      };
    },
  };
}

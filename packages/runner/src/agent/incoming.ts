// What comes by and by, in order, for one reader.

export class Incoming<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #news = Promise.withResolvers<void>();
  #isOver = false;

  push(item: T): void {
    this.#waiting.push(item);
    this.#tell();
  }

  /** What came before is still read. */
  end(): void {
    this.#isOver = true;
    this.#tell();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      yield* this.#waiting.splice(0);
      if (this.#waiting.length > 0) continue;
      if (this.#isOver) return;
      await this.#news.promise;
    }
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

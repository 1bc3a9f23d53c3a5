// People who write one message after another while something fails, and what must be true of it at the end.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { describeFleet } from '../support/describe-fleet.ts';
import type { Place, Story } from '../support/story.ts';

type Letter = { readonly person: number; readonly word: string; readonly identity: string; readonly eventId: string };

/** A recovery may take a lease, a place in line and a start; on a machine that others use, all of it several times as long. */
const PATIENCE_MS = 90_000;

export class Correspondence {
  readonly #story: Story;
  readonly #threads = new Map<number, Place>();
  readonly #letters: Letter[] = [];
  readonly #hadTwoPrimaries: boolean;

  /**
   * Where two primaries took messages at the same time, one that was delivered again may have been answered for its place
   * with the first of them, which no ingress was told of: the order of those is not looked at.
   */
  constructor(story: Story, { hadTwoPrimaries = false } = {}) {
    this.#story = story;
    this.#hadTwoPrimaries = hadTwoPrimaries;
  }

  /** The next message of a person, in the one thread they write in. `before` runs first in its turn. */
  write(person: number, before = ''): void {
    const { standIn, workspace } = this.#story.fleet;
    const word = `w${person}x${this.#letters.length}`;
    const delivered = standIn.record.deliveries().length;
    const where = this.#threads.get(person);
    const said = this.#story.person(person).say(`${before}echo ${word}`, where === undefined ? {} : { in: where });
    this.#threads.set(person, where ?? said);
    const eventId = standIn.record.deliveries()[delivered]?.eventId ?? '';
    this.#letters.push({ person, word, identity: `${workspace.team.id}:${said.channel}:${said.ts}`, eventId });
  }

  /** Everybody writes now and then, for as long as it takes. Resolves when `during` does. */
  async meanwhile(during: () => Promise<void>): Promise<void> {
    const done = new AbortController();
    const writing = this.#keepWriting(done.signal);
    try {
      await during();
    } finally {
      done.abort();
      await writing;
    }
  }

  /** How many messages Slack was told have arrived. */
  acknowledged(): number {
    return this.#acknowledged().length;
  }

  /** Waits until Slack was told of every message that was written before that it has arrived. */
  async untilAcknowledged(): Promise<void> {
    const written = [...this.#letters];
    const missing = (): string[] => {
      const acknowledged = new Set(this.#acknowledged());
      return written.filter((letter) => !acknowledged.has(letter)).map((letter) => letter.word);
    };
    await expect.poll(missing, { timeout: PATIENCE_MS }).toEqual([]);
  }

  /**
   * Every acknowledged message gets exactly one final answer, one that was not acknowledged at most one,
   * and the answers stand in the order in which their messages were appended.
   */
  async untilAnswered(): Promise<void> {
    const promised = this.#acknowledged();
    const missing = (): string[] => {
      const answers = new Set(this.#answers());
      return promised.filter(({ word }) => !answers.has(word)).map(({ word }) => word);
    };
    try {
      await expect.poll(missing, { timeout: PATIENCE_MS }).toEqual([]);
    } catch (error) {
      const { fleet, folder } = this.#story;
      throw new Error(`not answered: ${missing().join(' ')}\n${await describeFleet(fleet, folder)}`, { cause: error });
    }
    const answers = this.#answers();
    expect(answers.toSorted(), 'no answer twice').toEqual([...new Set(answers)].toSorted());
    const appended = this.#appended();
    for (const person of this.#threads.keys()) {
      const given = answers.filter((word) => word.startsWith(`w${person}x`) && appended.has(word));
      expect(given, 'in the order of appending').toEqual(given.toSorted(byPlace(appended)));
    }
  }

  async #keepWriting(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const index of this.#story.people.keys()) this.write(index);
      await sleep(500, undefined, { signal }).catch(() => undefined);
    }
  }

  #acknowledged(): Letter[] {
    const heard = new Set(
      this.#story.fleet.standIn.record
        .deliveries()
        .flatMap((delivery) => (delivery.ackedAt === undefined ? [] : [delivery.eventId])),
    );
    return this.#letters.filter((letter) => heard.has(letter.eventId));
  }

  /** The words of all final answers, thread by thread. */
  #answers(): string[] {
    return [...this.#threads.values()].flatMap((place) =>
      this.#story.answers(place).map((text) => /w\d+x\d+/.exec(text)?.[0] ?? text),
    );
  }

  #cameAgain(): Set<string> {
    const words = new Map(this.#letters.map((letter) => [letter.eventId, letter.word]));
    const deliveries = this.#story.fleet.standIn.record.deliveries();
    return new Set(deliveries.flatMap(({ attempt, eventId = '' }) => (attempt > 0 ? (words.get(eventId) ?? []) : [])));
  }

  /** Where each word stands in its inbox, as the ingresses were told it. */
  #appended(): Map<string, string> {
    const words = new Map(this.#letters.map((letter) => [letter.identity, letter.word]));
    const again = this.#hadTwoPrimaries ? this.#cameAgain() : new Set();
    const places = new Map<string, string>();
    for (const line of linesOf(this.#story, 'ingress')) {
      const word = words.get(String(line['identity']));
      if (line['msg'] !== 'slack event taken' || word === undefined || again.has(word)) continue;
      places.set(word, String(line['entry']));
    }
    return places;
  }
}

/** Stream ids are `milliseconds-sequence`. */
function byPlace(places: Map<string, string>): (a: string, b: string) => number {
  const placeOf = (word: string): number[] => (places.get(word) ?? '').split('-').map(Number);
  return (a, b) => {
    const [[ms = 0, sequence = 0], [otherMs = 0, otherSequence = 0]] = [placeOf(a), placeOf(b)];
    return ms - otherMs || sequence - otherSequence;
  };
}

/** What a process of the story has logged, line by line. */
export function linesOf(story: Story, process: 'ingress' | 'launcher'): Record<string, unknown>[] {
  const logs = join(story.folder, 'logs');
  return readdirSync(logs)
    .filter((name) => name.startsWith(process))
    .flatMap((name) => readFileSync(join(logs, name), 'utf8').split('\n'))
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

// Whoever waits for a free runner sees their place in the queue, and sees it change. One launcher of the fleet tells at a time.
import type { LaunchQueue } from '@runnel/shared';
import { decidePlaceLines, fullRoom, nextRoom, type PlaceLine, type ToldPlace } from './decide-place-lines.ts';
import type { PersonTeller } from './tell-person.ts';

/** Only names are read of them, 45 bytes each. Who is further back hears of a place later. */
const LONGEST_LINE = 10_000;
/** A teller that looks no more is followed by another launcher's after this. */
const FOLLOWED_MS = 5_000;

type Places = Pick<LaunchQueue, 'line' | 'find' | 'tellsPlaces'>;

/** Each call is one look. */
export function queuePlaceTeller(queue: Places, teller: Pick<PersonTeller, 'line'>): () => Promise<void> {
  const self = crypto.randomUUID();
  let told = new Map<string, ToldPlace>();
  let room = fullRoom;
  let lookedAt = performance.now();

  const tell = async ({ name, text }: PlaceLine): Promise<void> => {
    const launch = await queue.find(name);
    if (launch !== undefined) await teller.line(launch.user, text);
  };
  return async () => {
    if (!(await queue.tellsPlaces(self, FOLLOWED_MS))) {
      told = new Map();
      return;
    }
    const line = await queue.line(LONGEST_LINE);
    const now = performance.now();
    room = nextRoom(room, [], now - lookedAt);
    lookedAt = now;
    const lines = decidePlaceLines({ line, told, room, now });
    room = nextRoom(room, lines, 0);
    told = new Map(line.map((name) => [name, told.get(name) ?? { rank: 0, at: now }]));
    for (const { name, rank } of lines) told.set(name, { rank, at: now });
    await Promise.all(lines.map(tell));
  };
}

// Pure policy: who in a line is told their place now. The calls a minute are bounded, however long the line is and however fast it moves.

/** What a person was told last, and when (ms). Rank 0: seen waiting, told nothing yet. */
export type ToldPlace = { readonly rank: number; readonly at: number };

/** How many may be told now: at the head, and further back. Neither takes from the other. */
export type PlaceRoom = { readonly near: number; readonly far: number };

export type PlaceLine = { readonly name: string; readonly rank: number; readonly text: string };

export type PlacesAtHand = {
  /** Names of those who wait, the next one first. */
  readonly line: readonly string[];
  /** Who waited at the last look: a launch that only passes through waits at no two. */
  readonly told: ReadonlyMap<string, ToldPlace>;
  readonly room: PlaceRoom;
  readonly now: number;
};

/** Each step is told up to here; further back only when a rank is reached. */
const NEAR = 5;
/** Slack takes a line away after two minutes, and a receipt may have replaced it. Later than a line is remembered as shown. */
const REPEAT_MS = 75_000;

/** 20 and 10 a minute: Slack allows about 50 a minute for all the status lines of a workspace. */
const EVERY_MS: PlaceRoom = { near: 3_000, far: 6_000 };
export const fullRoom: PlaceRoom = { near: 5, far: 5 };

/** Nearest first. */
export function decidePlaceLines({ line, told, room, now }: PlacesAtHand): PlaceLine[] {
  const left = { ...room };
  const lines: PlaceLine[] = [];
  for (const [index, name] of line.entries()) {
    if (left.near < 1 && left.far < 1) break;
    const place = index + 1;
    const zone = place <= NEAR ? 'near' : 'far';
    const last = told.get(name);
    if (last === undefined || left[zone] < 1) continue;
    const rank = rankOf(place);
    const isStale = zone === 'near' && now - last.at >= REPEAT_MS;
    if (last.rank === rank && !isStale) continue;
    left[zone] -= 1;
    lines.push({ name, rank, text: `is waiting for a free runner: ${placeText(place)} in line` });
  }
  return lines;
}

/** What is left after these lines were told, with what has come back since the last look. */
export function nextRoom(room: PlaceRoom, lines: readonly PlaceLine[], elapsedMs: number): PlaceRoom {
  const near = lines.filter(({ rank }) => rank <= NEAR).length;
  return {
    near: Math.min(fullRoom.near, room.near - near + elapsedMs / EVERY_MS.near),
    far: Math.min(fullRoom.far, room.far - (lines.length - near) + elapsedMs / EVERY_MS.far),
  };
}

/** The place itself at the head, then 10, 20, 50, 100, 200 ...: it stays true while the line moves on. */
function rankOf(place: number): number {
  if (place <= NEAR) return place;
  const power = 10 ** Math.floor(Math.log10(place));
  return [1, 2, 5].map((step) => step * power).find((rank) => rank >= place) ?? 10 * power;
}

function placeText(place: number): string {
  return place <= NEAR ? ordinal(place) : `among the first ${rankOf(place).toLocaleString('en')}`;
}

function ordinal(place: number): string {
  return `${place}${['st', 'nd', 'rd'][place - 1] ?? 'th'}`;
}

// Which word for Runnel itself a message is, where that is the whole of it, with or without a `!`.
import type { Word } from '../slack/incoming-slack-event.ts';

const MINUTE_MS = 60_000;
const USUAL_STAY_MS = 30 * MINUTE_MS;
/** A runner that stays holds one of the places that others wait for. */
const LONGEST_STAY_MS = 120 * MINUTE_MS;

/** Undefined for anything else, which is for the agent. */
export function readWord(text: string): Word | undefined {
  const said = text.trim().replace(/^!/, '').toLowerCase();
  if (said === 'help' || said === 'status') return { name: said };
  const stay = /^stay(?:\s+(\d{1,4})\s*(m|min|h))?$/.exec(said);
  if (stay === null) return undefined;
  const [, count, unit] = stay;
  const ms = count === undefined ? USUAL_STAY_MS : Number(count) * (unit === 'h' ? 60 : 1) * MINUTE_MS;
  return { name: 'stay', ms: Math.min(ms, LONGEST_STAY_MS) };
}

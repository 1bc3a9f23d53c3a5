// Stage: an entry of another version becomes a dead letter, never a guess. Where its session can be told, the person is told too.
import type { Entry, SessionKey } from '@runnel/shared';
import { spoken } from '../progress/spoken-words.ts';
import { acknowledge, settle, settleCovered } from '../turn/settle-turn.ts';
import type { TurnParts } from '../turn/turn-parts.ts';
import { replyId } from './answer-lane.ts';

const CAUSE = 'unreadable';

export async function setAside(parts: TurnParts, entry: Entry, raw: string): Promise<void> {
  const session = sessionIn(raw);
  parts.log.error({ identity: entry.identity, session }, 'entry cannot be read, set aside');
  if (session === undefined) return acknowledge(parts, [entry], CAUSE);
  const covered = parts.manifest.covered(session, entry.identity);
  if (covered !== undefined) return settleCovered(parts, { session, entries: [entry] }, covered);
  const answer = { deliveryId: replyId(entry.identity), text: spoken.unreadable, kind: 'final' as const, since: '0' };
  return settle(parts, { session, entries: [entry], answer, save: false, dead: CAUSE });
}

function sessionIn(raw: string): SessionKey | undefined {
  const [, found] = /"session":"([A-Z0-9]+:[A-Z0-9]+:[0-9.]+)"/.exec(raw) ?? [];
  // oxlint-disable-next-line no-unsafe-type-assertion -- three parts, as the pattern says
  return found as SessionKey | undefined;
}

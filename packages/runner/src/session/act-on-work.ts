// Stage: what is pressed below an answer about the work of its turn. It is done beside whatever runs: it touches no file of the session.
import { RunnelError, type ControlPayload, type EntryRef } from '@runnel/shared';
import { sayDiff, sayNotDone, sayPullRequest } from '../progress/work-words.ts';
import { settle } from '../turn/settle-turn.ts';
import type { TurnParts } from '../turn/turn-parts.ts';
import { replyId } from './answer-lane.ts';
import type { LaneParts } from './lane-parts.ts';

type WorkPayload = Extract<ControlPayload, { type: 'open_pull_request' | 'show_diff' }>;
type WorkPress = EntryRef & { readonly payload: WorkPayload };

export function isAboutWork(payload: ControlPayload): payload is WorkPayload {
  return payload.type === 'open_pull_request' || payload.type === 'show_diff';
}

/** Pressed twice it is answered twice, with the one pull request. */
export async function actOnWork(parts: LaneParts, press: WorkPress): Promise<void> {
  const { session } = parts;
  const text = await actUnlessItFails(parts, press.payload);
  const answer = { deliveryId: replyId(press.identity), kind: 'notice' as const, text, since: press.payload.message };
  await settle(parts, { session, entries: [press], answer, save: false });
}

async function actUnlessItFails(parts: TurnParts, { type, session, target }: WorkPayload): Promise<string> {
  const { workspaces, over, log } = parts;
  try {
    if (workspaces === undefined) throw new RunnelError('repository_unknown', 'Nobody has a repository here any more.');
    if (type === 'show_diff') return sayDiff(await workspaces.showDiff(session, target, over));
    return sayPullRequest(await workspaces.openPullRequest(session));
  } catch (reason) {
    over.throwIfAborted();
    const error = RunnelError.from(reason);
    log.error({ err: error, session }, 'press could not be acted on');
    return sayNotDone(error);
  }
}

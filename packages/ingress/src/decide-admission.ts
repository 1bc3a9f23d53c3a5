// Policy: who may use the bot, and where. Ids decide, names never do.
import type { SlackOrigin } from './slack/incoming-slack-event.ts';

/** Empty lists admit everybody. */
export type AllowLists = {
  readonly teams: readonly string[];
  readonly users: readonly string[];
  /** Says nothing about direct messages. A channel shared with another workspace must be named here. */
  readonly channels: readonly string[];
};

export type Admission = 'admitted' | 'person_not_allowed' | 'channel_not_allowed' | 'channel_shared';

type Asking = Omit<SlackOrigin, 'thread'> & { readonly thread: Pick<SlackOrigin['thread'], 'channel'> };

export function decideAdmission(origin: Asking, allowed: AllowLists): Admission {
  if (!admits(allowed.teams, origin.authorTeam) || !admits(allowed.users, origin.author)) return 'person_not_allowed';
  if (origin.isDirect) return 'admitted';
  const { channel } = origin.thread;
  if (origin.isShared && !allowed.channels.includes(channel)) return 'channel_shared';
  return admits(allowed.channels, channel) ? 'admitted' : 'channel_not_allowed';
}

function admits(list: readonly string[], id: string): boolean {
  return list.length === 0 || list.includes(id);
}

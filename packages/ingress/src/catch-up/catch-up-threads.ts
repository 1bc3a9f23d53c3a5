// Stage: what was said while nobody listened, read from the history of the threads that we have a part in, goes through the
// same line as a live message. What arrived all the same is known by its identity.
import { RunnelError, sessionKey, threadOf, type Thread } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { ActiveThreads } from './active-threads.ts';
import type { ConversationHistory, SaidMessage, Stretch } from './conversation-history.ts';
import { decideMissed } from './decide-missed.ts';
import { decideReach } from './decide-reach.ts';
import type { Gap } from './listening.ts';

export type CatchUpParts = {
  readonly active: ActiveThreads;
  readonly history: ConversationHistory;
  /** Takes one message like an event of Slack's; rejects when it may not be durable. */
  readonly take: (body: unknown) => Promise<void>;
  readonly team: string;
  readonly seenMs: number;
  readonly log: Logger;
};

/** For Slack's budgets to allow all of it. Less than what the gap is left to us for. */
const TAKES_MS = 300_000;

/** Rejects when it could not be finished; what was taken until then stays. */
export async function catchUpThreads(parts: CatchUpParts, gap: Gap, signal: AbortSignal): Promise<void> {
  const { active, history, log } = parts;
  const began = performance.now();
  const stretch = { after: decideReach({ ...gap, ...parts, takesMs: TAKES_MS }), until: began + TAKES_MS };
  const sessions = new Set(await active.list());
  const directs = new Set([...sessions].map((session) => threadOf(session).channel).filter(isDirect));
  log.info({ since: gap.since, threads: sessions.size, directs: directs.size }, 'catching up');
  let messages = 0;
  for (const channel of directs) {
    const said = await readMissed(parts, stretch, { channel, read: () => history.channel(channel, stretch) });
    messages += await takeAll(parts, said, signal);
    // A conversation that began meanwhile may have gone on, too.
    for (const { ts } of said.filter((one) => one.hasReplies)) {
      sessions.add(sessionKey(parts.team, { channel, threadTs: ts }));
    }
  }
  for (const session of sessions) {
    const thread: Thread = threadOf(session);
    const said = await readMissed(parts, stretch, { ...thread, read: () => history.thread(thread, stretch) });
    messages += await takeAll(parts, said, signal);
  }
  log.info({ messages, tookMs: Math.round(performance.now() - began) }, 'caught up');
}

type Place = { readonly channel: string; readonly threadTs?: string; readonly read: () => Promise<SaidMessage[]> };

/** What Slack refuses for one place is no reason to leave out the others. */
async function readMissed({ log }: CatchUpParts, { after }: Stretch, place: Place): Promise<SaidMessage[]> {
  const { read, ...where } = place;
  try {
    return decideMissed(await read(), after);
  } catch (error) {
    if (!(error instanceof RunnelError) || error.code !== 'slack_refused') throw error;
    log.warn({ err: error, ...where }, 'history cannot be read');
    return [];
  }
}

async function takeAll({ take }: CatchUpParts, said: readonly SaidMessage[], signal: AbortSignal): Promise<number> {
  for (const { body } of said) {
    signal.throwIfAborted();
    await take(body);
  }
  signal.throwIfAborted();
  return said.length;
}

function isDirect(channel: string): boolean {
  return channel.startsWith('D');
}

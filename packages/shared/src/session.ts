// A session is one Slack thread and the conversation of its agent.

/** `team:channel:threadTs`: the thread that a session lives in. */
export type SessionKey = `${string}:${string}:${string}`;

/** Where a session is seen and answered. `threadTs` is the timestamp of the thread's root message. */
export type Thread = { readonly channel: string; readonly threadTs: string };

export function sessionKey(team: string, thread: Thread): SessionKey {
  return `${team}:${thread.channel}:${thread.threadTs}`;
}

export function threadOf(session: SessionKey): Thread {
  const [, channel = '', threadTs = ''] = session.split(':');
  return { channel, threadTs };
}

/** The identity of a Slack message, the same for every event that speaks of it. */
export function messageIdentity(team: string, channel: string, ts: string): string {
  return `${team}:${channel}:${ts}`;
}

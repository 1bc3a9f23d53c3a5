// Stage: a stop that is given in no thread stops what runs in all of them: each thread gets a stop of its own, which it answers itself.
import { threadOf, type InboxReader, type KeptThreads, type LaunchQueue, type UserKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { appendEntry, type AppendPorts } from '../append-entry.ts';
import type { SlackCommand } from '../slack/incoming-slack-event.ts';
import { wakeRunner } from '../wake-runner.ts';

export type StopPorts = AppendPorts & {
  readonly inbox: Pick<InboxReader, 'backlog'>;
  readonly launches: Pick<LaunchQueue, 'add'>;
  readonly kept: Pick<KeptThreads, 'all'>;
  readonly log: Logger;
};

/** What has a turn, or is about to: it stays in the inbox until that is answered, or is noted as kept. */
const WORK = new Set(['prompt', 'run_now', 'run_kept', 'decision']);

/** Resolves to what the person is told. Rejects when Redis is away; some threads may have been stopped then. */
export async function stopThreads(
  { team, author, identity }: SlackCommand,
  ports: StopPorts & { readonly maxBacklog: number },
): Promise<string> {
  const { inbox, launches, kept, log, maxBacklog } = ports;
  const user: UserKey = `${team}:${author}`;
  const [backlog, notes] = await Promise.all([inbox.backlog(user), kept.all()]);
  const sessions = new Set([
    ...backlog.flatMap(({ payload }) =>
      payload.type !== 'unreadable' && WORK.has(payload.type) ? [payload.session] : [],
    ),
    ...notes.flatMap((note) => (note.user === user ? [note.session] : [])),
  ]);
  if (sessions.size === 0) return 'Nothing of yours runs, or waits to.';
  for (const session of sessions) {
    const payload = { v: 1, type: 'stop', session, author, at: Date.now() } as const;
    // Given twice it is one stop in each.
    const request = { user, identity: `${identity}:${session}`, payload };
    const { answer } = await appendEntry({ request, thread: threadOf(session) }, ports, maxBacklog);
    await wakeRunner(launches, { user, hint: answer.hint }, log);
  }
  const where = sessions.size === 1 ? 'a thread of yours, which' : `${sessions.size} threads of yours, each of which`;
  return `Noted: I stop what runs, or waits to, in ${where} says what became of it.`;
}

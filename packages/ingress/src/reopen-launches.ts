// Stage: a person wants their runner tried again now. Failures are forgotten, and where something waits a launch is asked for.
import { splitUserKey, type InboxWriter, type LaunchQueue, type Thread, type UserKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { wakeRunner } from './wake-runner.ts';
import type { Whisper } from './whisper.ts';

export type Reopening = {
  readonly user: UserKey;
  readonly thread: Thread;
  /** Slack ts of what was pressed on. */
  readonly message: string;
};

export type ReopenPorts = {
  readonly inbox: Pick<InboxWriter, 'reopen'>;
  readonly launches: Pick<LaunchQueue, 'add'>;
  readonly log: Logger;
};

/** What a message with buttons shows in their place. */
export type Conclusion = { readonly thread: Thread; readonly message: string; readonly line: string };

export type Reopened = { readonly user: UserKey; readonly whisper: Whisper; readonly conclusion?: Conclusion };

const STARTING = 'Trying again: your runner is starting.';
const ALL_IS_WELL = 'All is well: nothing of yours waits for a runner to start.';

/** Rejects when Redis is away: nothing has been done then. */
export async function reopenLaunches({ user, ...place }: Reopening, ports: ReopenPorts): Promise<Reopened> {
  const { inbox, launches, log } = ports;
  const hint = await inbox.reopen(user);
  log.info({ user, hint: hint.kind }, 'launches reopened');
  await wakeRunner(launches, { user, hint }, log);
  const person = splitUserKey(user).user;
  const whisper = (text: string): Whisper => ({ thread: place.thread, user: person, text });
  if (hint.kind !== 'wake') return { user, whisper: whisper(ALL_IS_WELL) };
  return { user, whisper: whisper(STARTING), conclusion: { ...place, line: `<@${person}> chose *Retry*.` } };
}

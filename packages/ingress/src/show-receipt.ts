// Stage: the person sees within a second that the message arrived. A courtesy: it comes after the acknowledgement and may fail.
import {
  RunnelError,
  type InboxReader,
  type LaunchHint,
  type PromptPayload,
  type Thread,
  type ThreadStatus,
  type UserKey,
} from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { decodeSlackText } from '@runnel/shared/slack';

export type Receipt = {
  readonly user: UserKey;
  readonly thread: Thread;
  readonly prompt: PromptPayload;
  readonly hint: LaunchHint;
};

export type ReceiptPorts = {
  readonly status: Pick<ThreadStatus, 'working' | 'stage' | 'rest'>;
  readonly inbox: Pick<InboxReader, 'backlog'>;
  readonly log: Logger;
};

const LINES: Readonly<Record<LaunchHint['kind'], string>> = {
  wake: 'is waking up…',
  none: 'has it',
  waits: 'had a problem and tries again shortly…',
};

/** Never rejects. */
export async function showReceipt(ports: ReceiptPorts, receipt: Receipt): Promise<void> {
  const { status, log } = ports;
  const { thread, prompt, hint } = receipt;
  const title = prompt.text === '' ? prompt.fileNames.join(', ') : decodeSlackText(prompt.text);
  // Side by side: a runner that is awake may have answered before two calls in a row are over.
  const shown = await Promise.allSettled([
    status.working(thread, { title, user: prompt.author, message: prompt.ts }),
    status.stage(thread, LINES[hint.kind], prompt.ts),
  ]);
  for (const result of shown) {
    if (result.status === 'fulfilled') continue;
    log.warn({ err: result.reason as unknown, session: prompt.session }, 'receipt not shown');
  }
  await takeBackIfLate(ports, receipt);
}

/** A runner clears the signs of a thread when it is done with it. What was shown after that nobody would clear again. */
async function takeBackIfLate({ status, inbox, log }: ReceiptPorts, { user, thread, prompt }: Receipt): Promise<void> {
  try {
    const waiting = await inbox.backlog(user);
    const isAtWork = waiting.some(({ payload }) => payload.type !== 'unreadable' && payload.session === prompt.session);
    if (!isAtWork) await status.rest(thread, prompt.ts);
  } catch (error) {
    log.warn({ err: RunnelError.from(error), session: prompt.session }, 'late receipt not taken back');
  }
}

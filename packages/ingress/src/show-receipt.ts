// Stage: the person sees within a second that the message arrived. A courtesy: it comes after the acknowledgement and may fail.
import type { LaunchHint, PromptPayload, Thread, ThreadStatus } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { decodeSlackText } from '@runnel/shared/slack';

export type Receipt = { readonly thread: Thread; readonly prompt: PromptPayload; readonly hint: LaunchHint };

const LINES: Readonly<Record<LaunchHint['kind'], string>> = {
  wake: 'is waking up…',
  none: 'has it',
  waits: 'had a problem and tries again shortly…',
};

/** Never rejects. */
export async function showReceipt(
  status: Pick<ThreadStatus, 'working' | 'stage'>,
  receipt: Receipt,
  log: Logger,
): Promise<void> {
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
}

// The whole of an answer that is too long for messages, as a file in the thread.
import { setTimeout as delay } from 'node:timers/promises';
import type { FilesInfoResponse, WebClient } from '@slack/web-api';
import type { Thread } from '../session.ts';
import { callPatiently } from './call-patiently.ts';
import { SlackCallError, slackError } from './slack-error.ts';

export type Upload = {
  readonly thread: Thread;
  readonly filename: string;
  readonly content: string;
  /** Runs right before it becomes visible; throws to prevent it. */
  readonly beforeShare: () => Promise<void>;
  /** Gives up then (ms, `performance.now()` clock). */
  readonly until: number;
};

const POLL_MS = 200;

/**
 * Uploads and shares; true when Slack shows it in the thread. False where Slack does not let us, or never shares it (sharing
 * comes after the answer and sometimes not at all). Source: docs.slack.dev/messaging/working-with-files
 */
export async function uploadAnswer(client: WebClient, upload: Upload): Promise<boolean> {
  const bytes = Buffer.from(upload.content);
  try {
    const { upload_url: url, file_id: id } = await callPatiently(
      () => client.files.getUploadURLExternal({ filename: upload.filename, length: bytes.byteLength }),
      upload.until,
    );
    if (url === undefined || id === undefined) return false;
    await callPatiently(() => sendBytes(url, bytes, upload.until), upload.until);
    await share(client, id, upload);
    return await isShared(client, id, upload);
  } catch (error) {
    if (error instanceof SlackCallError) return false;
    throw error;
  }
}

/** Without a token: the address itself is the permission. */
async function sendBytes(url: string, body: Buffer, until: number): Promise<void> {
  const timeoutMs = Math.max(1, Math.ceil(until - performance.now()));
  const answer = await fetch(url, {
    method: 'POST',
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`The upload was answered with status ${answer.status}`);
}

/** Where the answer is lost it is not repeated: looking at the file tells. */
async function share(client: WebClient, id: string, { thread, filename, beforeShare, until }: Upload): Promise<void> {
  await callPatiently(async () => {
    await beforeShare();
    try {
      await client.files.completeUploadExternal({
        files: [{ id, title: filename }],
        channel_id: thread.channel,
        thread_ts: thread.threadTs,
      });
    } catch (thrown) {
      const error = slackError(thrown);
      if (!error.ambiguous) throw error;
    }
  }, until);
}

async function isShared(client: WebClient, id: string, { thread, until }: Upload): Promise<boolean> {
  while (performance.now() < until) {
    const { file } = await callPatiently(() => client.files.info({ file: id }), until);
    if (standsIn(file, thread.channel)) return true;
    await delay(POLL_MS);
  }
  return false;
}

function standsIn(file: FilesInfoResponse['file'], channel: string): boolean {
  const shares = [file?.shares?.public, file?.shares?.private].flatMap((some) => Object.keys(some ?? {}));
  return [...shares, ...(file?.channels ?? []), ...(file?.groups ?? []), ...(file?.ims ?? [])].includes(channel);
}

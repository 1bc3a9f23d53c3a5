// ADAPTER of the file source: Slack's files, behind the bot's token. That goes to Slack alone, wherever an address or a redirect leads.
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AttachedFile } from '@runnel/shared';
import { slackError, type slackClient } from '@runnel/shared/slack';
import { z } from 'zod';
import { FileMissing, type FileSource, type FileTarget, type MissingReason } from './file-source.ts';

export type SlackFileSourceOptions = {
  readonly client: ReturnType<typeof slackClient>;
  /** Base address of the Web API: where that is, files may be too. */
  readonly apiUrl: string;
  readonly token: string;
};

const MOST_REDIRECTS = 3;
const HTML = 'text/html';

export function slackFileSource(options: SlackFileSourceOptions): FileSource {
  return {
    async fetch(file, to, signal) {
      // Ends the connection too where the rest of an answer is not wanted.
      const ended = new AbortController();
      try {
        signal.throwIfAborted();
        const known = file.url === undefined ? await lookUp(options, file, signal) : file;
        if ((known.size ?? 0) > to.mostBytes) throw new FileMissing('too_large');
        const response = await open(options, known.url, AbortSignal.any([signal, ended.signal]));
        await save(response, known, to);
      } catch (error) {
        signal.throwIfAborted();
        // What `fetch` throws for any fault of the network, in the middle of a body as well.
        throw error instanceof TypeError ? new FileMissing('broken_off', { cause: error }) : error;
      } finally {
        ended.abort();
      }
    },
  };
}

const infoSchema = z.object({
  mimetype: z.string().optional().catch(undefined),
  size: z.number().optional().catch(undefined),
  url_private: z.string().optional().catch(undefined),
});

/** Of files from other workspaces an event has the id alone: docs.slack.dev/reference/objects/file-object, `check_file_info`. */
async function lookUp(
  { client }: SlackFileSourceOptions,
  { name, id }: AttachedFile,
  signal: AbortSignal,
): Promise<AttachedFile> {
  if (id === undefined) throw new FileMissing('unknown');
  try {
    const { file } = await unlessAborted(client.files.info({ file: id }), signal);
    const { mimetype, size, url_private: url } = infoSchema.parse(file);
    return { name, id, mimetype, size, url };
  } catch (error) {
    signal.throwIfAborted();
    const { code, reason } = slackError(error);
    const otherwise = code === 'slack_refused' ? 'refused' : 'broken_off';
    throw new FileMissing(REFUSALS[reason] ?? otherwise, { cause: error });
  }
}

const REFUSALS: Readonly<Record<string, MissingReason>> = {
  file_deleted: 'gone',
  file_not_found: 'gone',
  missing_scope: 'login_page',
};

/** The client takes no signal. */
async function unlessAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const giveUp = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', giveUp);
  try {
    return await Promise.race([call, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function open(
  { apiUrl, token }: SlackFileSourceOptions,
  address: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  let url = addressOfSlack(address, apiUrl);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(url, { headers, redirect: 'manual', signal });
    const target = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (target === null) return response;
    await response.body?.cancel();
    url = addressOfSlack(target, apiUrl, url);
  }
  throw new FileMissing('broken_off');
}

/** The only place where an address becomes one that the token is sent to. */
function addressOfSlack(address: string | undefined, apiUrl: string, base?: URL): URL {
  if (address === undefined) throw new FileMissing('unknown');
  const url = URL.parse(address, base?.href);
  const isSlack = url !== null && url.protocol === 'https:' && url.host.endsWith('.slack.com');
  // Of a stand-in, or of a Slack elsewhere.
  const isBesideApi = url?.origin === new URL(apiUrl).origin;
  if (url === null || !(isSlack || isBesideApi)) throw new FileMissing('elsewhere');
  return url;
}

async function save(response: Response, file: AttachedFile, { path, mostBytes }: FileTarget): Promise<void> {
  if (response.status !== 200 || response.body === null) throw new FileMissing(reasonOf(response.status));
  const isPage = response.headers.get('content-type')?.toLowerCase().startsWith(HTML) === true;
  // Without the scope Slack answers with its login page, and that all is well.
  if (isPage && file.mimetype !== HTML) throw new FileMissing('login_page');
  let bytes = 0;
  const bounded = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw new FileMissing('too_large');
      yield chunk;
    }
  };
  await pipeline(Readable.fromWeb(response.body), bounded, createWriteStream(path, { mode: 0o600 }));
  if (isPage && bytes !== file.size) throw new FileMissing('login_page');
  // Where a length is promised, `fetch` holds the answer to it.
  if (!response.headers.has('content-length') && bytes < (file.size ?? 0)) throw new FileMissing('broken_off');
}

function reasonOf(status: number): MissingReason {
  if (status === 404 || status === 410) return 'gone';
  return status === 401 || status === 403 ? 'refused' : 'broken_off';
}

// Git's smart HTTP: one request is one `git http-backend`, which finds the repository where we say and nowhere else.
import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FolderRepository } from './folder-repositories.ts';

/** What may be asked of a repository; everything else is not there. */
export const GIT_REQUEST = /^\/([\w.-]+\/[\w.-]+)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/;

const LONGEST_HEAD = 64 * 1024;

export type GitRequest = {
  readonly repository: Pick<FolderRepository, 'folder' | 'mayPush'>;
  /** As `GIT_REQUEST` has it. */
  readonly service: string;
  readonly query: string;
  /** PATH, and HOME for hooks that want it. */
  readonly environment: NodeJS.ProcessEnv;
};

/** Resolves when it is answered. */
export function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  { repository, service, query, environment }: GitRequest,
): Promise<void> {
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...environment,
      GIT_PROJECT_ROOT: repository.folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${service}`,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'runnel',
      REMOTE_ADDR: '127.0.0.1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.receivepack',
      GIT_CONFIG_VALUE_0: String(repository.mayPush),
    },
  });
  // Whichever side goes first.
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  response.on('close', () => void child.kill());
  return new Promise((resolve, reject) => {
    let head: Buffer | undefined = Buffer.alloc(0);
    child.once('error', reject);
    child.once('close', () => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
      resolve();
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (head === undefined) {
        if (!response.write(chunk)) {
          child.stdout.pause();
          response.once('drain', () => child.stdout.resume());
        }
        return;
      }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1 && head.length < LONGEST_HEAD) return;
      writeHead(response, head.subarray(0, end).toString('latin1'));
      response.write(head.subarray(end + 4));
      head = undefined;
    });
  });
}

/** As CGI has it: the status is one of the headers. */
function writeHead(response: ServerResponse, head: string): void {
  const headers = head.split('\r\n').map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const status = headers.find(([name]) => name === 'status')?.[1] ?? '200';
  for (const [name, value] of headers) if (name !== 'status') response.setHeader(name, value);
  response.writeHead(Number.parseInt(status, 10));
}

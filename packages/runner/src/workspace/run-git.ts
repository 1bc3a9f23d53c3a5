// Git as Runnel itself runs it: with an environment made from nothing, no configuration but the repository's own, none of its hooks.
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { GitCredential } from '../forge/forge.ts';

export type GitCall = {
  readonly path: string;
  /** Of the repository; it is never looked for. */
  readonly gitDir: string;
  readonly workTree?: string;
  readonly args: readonly string[];
  readonly input?: string;
  /** Who commits. */
  readonly author?: { readonly name: string; readonly email: string; readonly date?: string };
  /** Handed over by a pipe, to the one address alone: it stands in no argument, no variable, no file. */
  readonly credential?: { readonly url: string; readonly credential: GitCredential } | undefined;
  readonly signal?: AbortSignal;
};

/** `code` is null where it was killed, or could not be started. */
export type GitEnd = { readonly code: number | null; readonly out: string; readonly err: string };

/** More than that is asked of git as it comes, or not at all: what writes more is ended. */
const LONGEST_OUTPUT = 64 * 1024 ** 2;
const CREDENTIAL_FD = 3;

const SETTINGS = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.quotePath': 'false',
  'commit.gpgSign': 'false',
  // What another thread's clone needs may look like rubbish here.
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'submodule.recurse': 'false',
  'protocol.ext.allow': 'never',
  'http.lowSpeedLimit': '1',
  'http.lowSpeedTime': '30',
  'advice.detachedHead': 'false',
};

/** Never rejects. */
export async function runGit(call: GitCall): Promise<GitEnd> {
  const { child, ended } = startGit(call);
  let out = '';
  child.stdout.on('data', (text: string) => {
    out += text;
    if (out.length > LONGEST_OUTPUT) child.kill();
  });
  const end = await ended;
  return { ...end, out };
}

/** What it writes, as it comes, however much; returns its end. */
export async function* streamGit(call: GitCall): AsyncGenerator<string, Omit<GitEnd, 'out'>> {
  const { child, ended } = startGit(call);
  try {
    for await (const text of child.stdout) yield String(text);
    return await ended;
  } finally {
    child.kill();
  }
}

function startGit(call: GitCall) {
  const { gitDir, workTree, args, input, credential, signal } = call;
  const place = [`--git-dir=${gitDir}`, ...(workTree === undefined ? [] : [`--work-tree=${workTree}`])];
  const settings = { ...SETTINGS, 'credential.helper': '' };
  const child = spawn('git', [...place, ...asArguments(settings), ...askPipe(credential?.url), ...args], {
    cwd: workTree ?? gitDir,
    env: environmentOf(call),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal, killSignal: 'SIGTERM' as const }),
  });
  feed(child.stdin, input ?? '');
  // oxlint-disable-next-line no-unsafe-type-assertion -- the fourth of the pipes above
  feed(child.stdio[CREDENTIAL_FD] as Writable, credential === undefined ? '' : inGitsWords(credential.credential));
  let err = '';
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (err = `${err}${text}`.slice(-LONGEST_OUTPUT)));
  const ended = new Promise<Omit<GitEnd, 'out'>>((resolve) => {
    child.once('error', (error) => resolve({ code: null, err: `${err}${error.message}` }));
    child.once('close', (code) => resolve({ code, err }));
  });
  return { child, ended };
}

function environmentOf({ path, author }: GitCall): Record<string, string> {
  const { name = 'Runnel', email = 'runnel@runnel.invalid', date } = author ?? {};
  return {
    PATH: path,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_EDITOR: 'true',
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    ...(date === undefined ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }),
  };
}

/** Of that origin alone, so that no redirect gets it. */
function askPipe(url: string | undefined): string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const helper = `!f() { test "$1" = get && cat <&${CREDENTIAL_FD}; }; f`;
  return asArguments({ [`credential.${new URL(url).origin}.helper`]: helper });
}

function inGitsWords({ username, password }: GitCredential): string {
  return `username=${username}\npassword=${password}\n`;
}

function asArguments(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Git need not read what it is given. */
function feed(pipe: Writable, text: string): void {
  pipe.on('error', () => undefined);
  pipe.end(text);
}

// Copies a repository from an address with whatever this person's own git may read, and says what to do where it cannot.
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Words of git's that its answers are told by, and no question in the middle of a start. */
const ENVIRONMENT = ['LC_ALL=C', 'GIT_TERMINAL_PROMPT=0'];
/** Who takes a call and says nothing is away. */
const PATIENCE = ['-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=20'];

/** What is there already is fetched anew, and branches of ours stay. */
export async function copyRepository(address: string, folder: string): Promise<void> {
  const isThere = await readdir(folder).then(
    () => true,
    () => false,
  );
  const args = isThere
    ? ['--git-dir', folder, 'fetch', '--quiet', 'origin', '+refs/heads/*:refs/heads/*']
    : ['clone', '--quiet', '--bare', '--', address, folder];
  try {
    await promisify(execFile)('env', [...ENVIRONMENT, 'git', ...PATIENCE, ...args]);
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    // oxlint-disable-next-line preserve-caught-error -- it holds the address, and that perhaps a password
    throw new Error(sayNotCopied(withoutLogin(address), withoutLogin(said.replaceAll(address, withoutLogin(address)))));
  }
}

const LOGIN =
  /could not read (username|password)|authentication failed|terminal prompts disabled|returned error: 40[13]|permission denied|host key verification failed/i;
const NOTHING = /not found|returned error: 404|is this a git repository|does not appear to be a git repository/i;
const AWAY =
  /could not resolve|failed to connect|couldn't connect|unable to connect|connection (refused|reset|closed|timed out)|too slow|empty reply/i;

function sayNotCopied(address: string, said: string): string {
  if (LOGIN.test(said)) {
    return `${address} needs a login that git has not got on this machine. When \`git ls-remote ${address}\` works here without asking (a credential helper, an SSH key), start again.`;
  }
  if (NOTHING.test(said)) {
    return `There is no git repository at ${address}, or none for the login that git has on this machine. Name what \`git clone\` would take, for example --repo https://example.com/shop.git.`;
  }
  const reason = reasonIn(said);
  if (AWAY.test(said)) {
    return `${address} does not answer (${reason}). Look at the address and at the network, and start again.`;
  }
  return `${address} cannot be copied: ${reason}. When \`git clone ${address}\` works here, start again.`;
}

/** Git's own line of what went wrong; behind SSH its first one says more. */
function reasonIn(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const telling = lines.find((line) => /^(fatal|error|ssh): /.test(line)) ?? lines.find((line) => line !== '') ?? '';
  return telling.replace(/^(fatal|error): /, '').replace(/\.$/, '');
}

/** Of an address of the web whoever comes in is a secret, too: a token may stand there. */
function withoutLogin(text: string): string {
  return text.replaceAll(/(https?:\/\/)[^/@\s]+@/g, '$1').replaceAll(/(:\/\/[^/@:\s]+):[^/@\s]+@/g, '$1@');
}

// What a shell session remembers from turn to turn: its folder and its exported variables, byte by byte.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `cwd` is absolute; each variable is `NAME=value` in any bytes but NUL. */
export type ShellMemory = { readonly cwd: Buffer; readonly variables: readonly Buffer[] };

/** Marks of ours and what each bash sets for itself; the rest of what is exported is the person's. */
const NOT_THEIRS = /^(RUNNEL_[^=]*|_|PWD|OLDPWD|SHLVL|SHELLOPTS|BASHOPTS|BASH_[^=]*|UID|EUID|PPID)=/;
const SLASH = '/'.charCodeAt(0);

export async function readShellMemory(stateFolder: string): Promise<ShellMemory | undefined> {
  const bytes = await readIfThere(memoryFile(stateFolder));
  return bytes === undefined ? undefined : parseShellMemory(bytes);
}

/**
 * Takes over what bash left in `keptFile`, if it got to write all of it. `given` are the variables every turn starts
 * with: they are remembered only when changed, so that a newer image's PATH is not hidden by an old one.
 */
export async function rememberShell(stateFolder: string, keptFile: string, given: readonly string[]): Promise<void> {
  const bytes = await readIfThere(keptFile);
  const kept = bytes === undefined ? undefined : parseShellMemory(bytes);
  if (kept === undefined) return;
  const variables = kept.variables.filter((variable) => {
    const text = variable.toString('latin1');
    return !NOT_THEIRS.test(text) && !given.some((same) => variable.equals(Buffer.from(same)));
  });
  const next = encodeShellMemory({ cwd: kept.cwd, variables });
  const file = memoryFile(stateFolder);
  // An unchanged file keeps its time, and the session's archive its digest.
  if ((await readIfThere(file))?.equals(next) === true) return;
  await writeFile(`${file}.new`, next, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Folder, variables and an empty field, each ended by NUL. Undefined for anything else: bash did not get to its end. */
function parseShellMemory(bytes: Buffer): ShellMemory | undefined {
  const fields: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = bytes.indexOf(0, from);
    if (to === -1) return undefined;
    fields.push(bytes.subarray(from, to));
    from = to + 1;
  }
  const [cwd, ...rest] = fields;
  const end = rest.pop();
  if (cwd?.[0] !== SLASH || end?.length !== 0) return undefined;
  return rest.every((field) => field.indexOf('=') > 0) ? { cwd, variables: rest } : undefined;
}

function encodeShellMemory({ cwd, variables }: ShellMemory): Buffer {
  const nul = Buffer.alloc(1);
  return Buffer.concat([cwd, ...variables, Buffer.alloc(0)].flatMap((field) => [field, nul]));
}

function memoryFile(stateFolder: string): string {
  return join(stateFolder, 'shell-memory');
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch {
    // Not written yet, or not for us to read: nothing remembered then.
    return undefined;
  }
}

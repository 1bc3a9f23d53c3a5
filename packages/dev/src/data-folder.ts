// The folder that a local run keeps everything in: one run at a time, known by pid and start time.
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyProcess, isAlive, type ProcessIdentity } from '@runnel/shared/process';

/** What the lock file says: who runs, where its page is, and what it has started. */
export type RunRecord = { readonly owner: ProcessIdentity; link?: string; children: ProcessIdentity[] };

export type DataFolder = {
  readonly redis: string;
  readonly state: string;
  /** People's repositories. */
  readonly forge: string;
  readonly pods: string;
  readonly logs: string;
  readonly conversations: string;
  /** Says in the lock file where the page is. */
  publish(link: string): void;
  /** Remembers a child, so that the run after a killed one can end it. */
  remember(pid: number): void;
  unlock(): Promise<void>;
};

/** Takes the folder for this process, or answers with the run that has it. What a killed run left running is ended. */
export async function openDataFolder(root: string): Promise<DataFolder | RunRecord> {
  const paths = {
    redis: join(root, 'redis'),
    state: join(root, 'state'),
    forge: join(root, 'forge'),
    pods: join(root, 'pods'),
    logs: join(root, 'logs'),
    conversations: join(root, 'conversations.json'),
  };
  for (const folder of [paths.redis, paths.state, paths.forge, paths.pods, paths.logs]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const file = join(root, 'lock.json');
  const owner = identifyProcess(process.pid);
  if (owner === undefined) throw new Error('This process cannot be identified: is /proc mounted, or ps installed?');
  const record: RunRecord = { owner, children: [] };
  const other = await takeLock(file, record);
  if (other !== undefined) return other;
  const save = (): void => writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
  return {
    ...paths,
    publish(link) {
      record.link = link;
      save();
    },
    remember(pid) {
      const child = identifyProcess(pid);
      if (child !== undefined) record.children.push(child);
      save();
    },
    unlock: () => rm(file, { force: true }),
  };
}

export function isRunRecord(folder: DataFolder | RunRecord): folder is RunRecord {
  return 'owner' in folder;
}

/** Undefined when taken. A lock whose owner is dead is removed, after what it had started was ended. */
async function takeLock(file: string, record: RunRecord): Promise<RunRecord | undefined> {
  for (;;) {
    try {
      const fd = openSync(file, 'wx', 0o600);
      writeFileSync(fd, JSON.stringify(record));
      closeSync(fd);
      return undefined;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const found = readRecord(file);
    if (found !== undefined && isAlive(found.owner)) return found;
    for (const child of found?.children ?? []) if (isAlive(child)) process.kill(child.pid, 'SIGKILL');
    await rm(file, { force: true });
  }
}

function readRecord(file: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
}

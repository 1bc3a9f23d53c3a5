// The conversation of OpenCode: a database in the session's state. While a turn runs, an archive would take it half written, so what
// it was before lies beside it, and counts where a turn was never ended: its message runs again then.
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const DATABASE = 'conversation.db';
const PARTS = [DATABASE, `${DATABASE}-wal`];
/** What the database makes anew when it is opened. */
const INDEX = `${DATABASE}-shm`;
/** Archived after the parts, so that where it is none is missing. */
const WHOLE = 'whole';

export type Conversation = {
  readonly database: string;
  /** For what is of this turn alone. */
  readonly scratch: string;
  /** When nobody has it open any more. */
  readonly end: () => Promise<void>;
};

export async function openConversation(home: string): Promise<Conversation> {
  const scratch = join(home, 'turn');
  // Archived before the database: read whole, or the database was read after the end of the turn.
  const before = join(home, 'before');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const kept = await readdir(before).catch((): string[] => []);
  if (kept.includes(WHOLE)) {
    for (const file of [...PARTS, INDEX]) await rm(join(home, file), { force: true });
    await copyParts(before, home);
  } else {
    const copy = join(scratch, 'copy');
    await mkdir(copy);
    await copyParts(home, copy);
    await writeFile(join(copy, WHOLE), '');
    await rm(before, { recursive: true, force: true });
    await rename(copy, before);
  }
  const end = async (): Promise<void> => {
    // All of it at once: a part of it would be no conversation.
    await rename(before, join(scratch, 'over'));
    await rm(scratch, { recursive: true, force: true });
  };
  return { database: join(home, DATABASE), scratch, end };
}

async function copyParts(from: string, to: string): Promise<void> {
  const there = await readdir(from);
  for (const part of PARTS) if (there.includes(part)) await copyFile(join(from, part), join(to, part));
}

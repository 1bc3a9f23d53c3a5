// What is known of pods, in files, so that every launcher of this machine sees the same. Each change is one rename.
//
//   pods/<name>/<uid>/   who has the name. A folder can be renamed onto an empty one only: that makes the claim exclusive.
//                        It leaves by a rename of <uid>, which can never hit a successor.
//   gone/<uid>/          pods that lost their name, kept for a while for watchers and for diagnosis
//   ends/<uid>           the runner's exit code, written by its wrapper
//   homes/<name>/        the runner's home, empty at each start
//   logs/<name>/<generation>.log
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isUserKey, type UserKey } from '@runnel/shared';
import type { ProcessIdentity } from '@runnel/shared/process';
import { z } from 'zod';
import type { PodEnd, PodSpec } from '../../pod-backend.ts';
import { listNames, readIfThere, unlessMissing } from './read-files.ts';

const identity = z.object({ pid: z.number(), startedAt: z.string() });
const claimSchema = z.object({
  name: z.string(),
  user: z.custom<UserKey>((value) => typeof value === 'string' && isUserKey(value)),
  generation: z.string(),
  uid: z.string(),
  createdAt: z.number(),
  creator: identity,
});
const endSchema = z.discriminatedUnion('reason', [
  z.object({ reason: z.literal('exited'), owner: z.string(), exitCode: z.number() }),
  z.object({ reason: z.literal('memory'), owner: z.string() }),
  z.object({ reason: z.literal('killed'), owner: z.string() }),
]);

/** `createdAt` in milliseconds since the epoch. The creator is the launcher that claimed the name. */
export type PodClaim = PodSpec & {
  readonly uid: string;
  readonly createdAt: number;
  readonly creator: ProcessIdentity;
};
/** A claim and where it lies now. */
export type PodRecord = PodClaim & { readonly folder: string };

export class PodFolder {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  async open(): Promise<void> {
    // For nobody else on the machine: homes and logs of people are in it.
    for (const part of ['pods', 'gone', 'ends', 'homes', 'logs', 'claims']) {
      await mkdir(this.path(part), { recursive: true, mode: 0o700 });
    }
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** Undefined when somebody else has the name. */
  async claim(claim: PodClaim): Promise<PodRecord | undefined> {
    const draft = this.path('claims', claim.uid);
    await mkdir(join(draft, claim.uid), { recursive: true });
    await writeFile(join(draft, claim.uid, 'claim.json'), JSON.stringify(claim));
    try {
      await rename(draft, this.path('pods', claim.name));
      return { ...claim, folder: this.path('pods', claim.name, claim.uid) };
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (isTaken(error)) return undefined;
      throw error;
    }
  }

  async current(name: string): Promise<PodRecord | undefined> {
    for (const uid of await listNames(this.path('pods', name))) {
      const record = await readRecord(this.path('pods', name, uid));
      if (record !== 'unreadable') return record;
      // Only a machine that lost its power leaves half a claim, and then nothing of the pod lives.
      await this.retire({ name, uid });
    }
    return undefined;
  }

  /** Every pod that has its name. */
  async all(): Promise<PodRecord[]> {
    const names = (await readdir(this.path('pods'))).filter((name) => !name.startsWith('.'));
    const records = await Promise.all(names.map((name) => this.current(name)));
    return records.filter((record) => record !== undefined);
  }

  /** Pods that lost their name not long ago, but for those the caller knows. */
  async gone(known: ReadonlySet<string>): Promise<PodRecord[]> {
    const uids = (await readdir(this.path('gone'))).filter((uid) => !known.has(uid));
    const records = await Promise.all(uids.map((uid) => readRecord(this.path('gone', uid))));
    return records.filter((record) => record !== undefined && record !== 'unreadable');
  }

  /** Frees the name. Somebody may have done so already. */
  async retire({ name, uid }: Pick<PodClaim, 'name' | 'uid'>): Promise<void> {
    await unlessMissing(rename(this.path('pods', name, uid), this.path('gone', uid)));
  }

  /** Whether the pod is still where the record says. */
  async hasName({ folder }: PodRecord): Promise<boolean> {
    return (await readIfThere(join(folder, 'claim.json'))) !== undefined;
  }

  /** The group leader that runs the runner; undefined until it was started. */
  async leader({ folder }: PodRecord): Promise<ProcessIdentity | undefined> {
    const text = await readIfThere(join(folder, 'leader.json'));
    return text === undefined ? undefined : identity.parse(JSON.parse(text));
  }

  async recordLeader({ folder }: PodRecord, leader: ProcessIdentity): Promise<void> {
    await this.#write(join(folder, 'leader.json'), JSON.stringify(leader));
  }

  async exitCode({ uid }: PodClaim): Promise<number | undefined> {
    const text = await readIfThere(this.path('ends', uid));
    return text === undefined || text === '' ? undefined : Number(text);
  }

  /** Said before it is killed, so that whoever finds it dead knows why. */
  async recordMemory({ folder }: PodRecord): Promise<void> {
    await this.#write(join(folder, 'memory'), '');
  }

  async wasOverMemory({ folder }: PodRecord): Promise<boolean> {
    return (await readIfThere(join(folder, 'memory'))) !== undefined;
  }

  /** Once this is written, nothing of the pod lives. */
  async end({ folder }: PodRecord): Promise<PodEnd | undefined> {
    const text = await readIfThere(join(folder, 'end.json'));
    return text === undefined ? undefined : endSchema.parse(JSON.parse(text));
  }

  /** False when the pod lost its name meanwhile: whoever took it away has recorded its end. */
  async recordEnd({ folder }: PodRecord, end: PodEnd): Promise<boolean> {
    const written = this.#write(join(folder, 'end.json'), JSON.stringify(end)).then(() => true);
    return (await unlessMissing(written)) ?? false;
  }

  /** Two launchers may write the same file at the same time, so drafts are never shared. */
  async #write(path: string, text: string): Promise<void> {
    const draft = `${path}.${process.pid}.${performance.now()}`;
    await writeFile(draft, text);
    await rename(draft, path);
  }
}

async function readRecord(folder: string): Promise<PodRecord | 'unreadable' | undefined> {
  const text = await readIfThere(join(folder, 'claim.json'));
  if (text === undefined) return undefined;
  try {
    return { ...claimSchema.parse(JSON.parse(text)), folder };
  } catch {
    return 'unreadable';
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}

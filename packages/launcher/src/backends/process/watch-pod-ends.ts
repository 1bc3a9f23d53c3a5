// Sees pods end: at once where their leader wrote its exit code, within a second where it was killed itself.
import { watch } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Bell } from '../../bell.ts';
import type { EndedPod } from '../../pod-backend.ts';
import { findPodEnd, POD_MARK } from './find-pod-end.ts';
import { measureMarked } from './measure-memory.ts';
import type { PodFolder } from './pod-folder.ts';
import { unlessMissing } from './read-files.ts';

export type PodWatch = {
  readonly folder: PodFolder;
  readonly memoryBytes: number;
  readonly onEnd: (pod: EndedPod) => void;
  readonly onError: (error: unknown) => void;
};

const LOOK_EVERY_MS = 1_000;
/** Ended pods are kept for so long, for diagnosis and for launchers that come late. */
const KEPT_MS = 10 * 60_000;

/** Resolves when the signal aborts; what fails is reported and looked at again. */
export async function watchPodEnds(parts: PodWatch, signal: AbortSignal): Promise<void> {
  const bell = new Bell();
  const watchers = ['ends', 'gone'].map((place) => watch(parts.folder.path(place), () => bell.ring()));
  for (const watcher of watchers) watcher.on('error', parts.onError);
  const told = new Set<string>();
  let measuredAt = -Infinity;
  while (!signal.aborted) {
    try {
      if (performance.now() - measuredAt >= LOOK_EVERY_MS) {
        measuredAt = performance.now();
        await endOverMemory(parts);
        for (const uid of await forgetOld(parts.folder)) told.delete(uid);
      }
      await tellEnds(parts, told);
    } catch (error) {
      parts.onError(error);
    }
    await bell.wait(LOOK_EVERY_MS, signal);
  }
  for (const watcher of watchers) watcher.close();
}

async function tellEnds({ folder, onEnd, onError }: PodWatch, told: Set<string>): Promise<void> {
  const named = await folder.all();
  const untold = [...named.filter((record) => !told.has(record.uid)), ...(await folder.gone(told))];
  await Promise.all(
    untold.map(async (record) => {
      try {
        const end = await findPodEnd(folder, record, 'look');
        if (end === undefined || told.has(record.uid)) return;
        told.add(record.uid);
        const { user, generation, name, uid } = record;
        onEnd({ user, generation, name, uid, end });
      } catch (error) {
        onError(error);
      }
    }),
  );
}

async function endOverMemory({ folder, memoryBytes }: PodWatch): Promise<void> {
  const records = await folder.all();
  if (records.length === 0) return;
  const used = await measureMarked(POD_MARK);
  for (const record of records) {
    if ((used.get(record.uid) ?? 0) <= memoryBytes) continue;
    await folder.recordMemory(record);
    await findPodEnd(folder, record, 'kill');
  }
}

/** Frees the names of pods that ended long ago, then removes what was kept of them. Resolves with whom nobody will meet again. */
async function forgetOld(folder: PodFolder): Promise<string[]> {
  const forgotten: string[] = [];
  for (const record of await folder.all()) {
    if (await isOld(join(record.folder, 'end.json'))) await folder.retire(record);
  }
  for (const place of ['gone', 'claims']) {
    for (const entry of await readdir(folder.path(place))) {
      // A rename sets the time of change, so a pod is kept from when it lost its name.
      if (!(await isOld(folder.path(place, entry)))) continue;
      await rm(folder.path('ends', entry), { force: true });
      await rm(folder.path(place, entry), { recursive: true, force: true });
      forgotten.push(entry);
    }
  }
  return forgotten;
}

async function isOld(path: string): Promise<boolean> {
  const found = await unlessMissing(stat(path));
  return found !== undefined && Date.now() - found.ctimeMs > KEPT_MS;
}

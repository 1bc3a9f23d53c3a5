// What processes weigh, by the kernel's own account.
import { readProc } from '@runnel/shared/process';

/** Megabytes. Of what several processes share, `pss` is each one's part, `rss` all of it every time. */
export type Memory = { readonly pss: number; readonly rss: number };

/** Those that are gone by then weigh nothing. */
export function weigh(pids: readonly number[]): Memory {
  const rollups = pids.map((pid) => readProc(`/proc/${pid}/smaps_rollup`) ?? '');
  const sum = (field: string): number =>
    rollups.reduce((all, text) => all + Number(new RegExp(`^${field}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? 0), 0) /
    1_024;
  return { pss: sum('Pss'), rss: sum('Rss') };
}

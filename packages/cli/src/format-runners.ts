// Who lives, as a person reads it: a line each.
import { formatTable } from './format-table.ts';
import type { RunnerRow } from './operations.ts';
import { sayDuration } from './say-duration.ts';

const TITLES = ['person', 'runner', 'stage', 'for', 'waiting', 'generation', 'pod'];

/** `now` in milliseconds since the epoch. */
export function formatRunners(runners: readonly RunnerRow[], now: number): string {
  if (runners.length === 0) return 'Nobody has a runner now.\n';
  const cells = ({ user, name, stage, since, backlog, generation, uid }: RunnerRow): string[] => [
    user,
    name,
    stage,
    since === undefined ? '' : sayDuration(now - since),
    String(backlog),
    generation,
    uid,
  ];
  return `${formatTable([TITLES, ...runners.map(cells)])}\n`;
}

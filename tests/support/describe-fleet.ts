// What is known of a fleet when something does not come: a time-out without it is a riddle. Bounded, so that it can be read.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalFleet } from '@runnel/dev';
import { describeRunners } from './describe-runners.ts';

/** Of each process. */
const LINES = 8;
const LONGEST_LINE = 300;

/** `folder` is the one the fleet's logs are in. Never rejects: it is for errors. */
export async function describeFleet({ runners }: Pick<LocalFleet, 'runners'>, folder: string): Promise<string> {
  const described = await runners.diagnose().then(
    (found) => describeRunners(found),
    (error: unknown) => `The runners cannot be diagnosed: ${String(error)}`,
  );
  return `${described}\n${lastLogLines(folder)}`;
}

/** What ingress and launcher said last. */
function lastLogLines(folder: string): string {
  const logs = join(folder, 'logs');
  const names = readdirSync(logs).filter((name) => name.endsWith('.log') && name !== 'redis.log');
  return names
    .map((name) => {
      const lines = readFileSync(join(logs, name), 'utf8').trimEnd().split('\n').slice(-LINES);
      return `${join(logs, name)}:\n${lines.map((line) => line.slice(0, LONGEST_LINE)).join('\n')}`;
    })
    .join('\n');
}

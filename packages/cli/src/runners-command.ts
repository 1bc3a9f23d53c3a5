// `runners`: who lives now, and how far each is.
import { parseArgs } from 'node:util';
import { readConfiguration } from '@runnel/shared/process';
import type { Command } from './command.ts';
import { launcherConfiguration } from './config.ts';
import { ofAnotherVersion } from './diagnose-command.ts';
import { formatRunners } from './format-runners.ts';
import { runnersSchema, type OpenOperations } from './operations.ts';

const usage = `Who has a runner now, how far each is, and how many messages wait for it.

Usage: npm run runnel -- runners [--url URL] [--json]

Options
  --url URL   where a launcher answers; instead of RUNNEL_URL
  --json      the answer as the launcher gave it, for programs. (npm run -s prints nothing besides.)
`;

export function runnersCommand(open: OpenOperations): Command {
  return {
    name: 'runners',
    summary: 'who has a runner now',
    usage,
    configuration: launcherConfiguration,
    read(argv) {
      const { values } = parseArgs({
        args: [...argv],
        options: { json: { type: 'boolean' }, url: { type: 'string' } },
      });
      return async (env) => {
        const own = values.url === undefined ? {} : { RUNNEL_URL: values.url };
        const answer = await open(readConfiguration(launcherConfiguration, { ...env, ...own })).runners();
        if (values.json === true) return `${JSON.stringify(answer)}\n`;
        const parsed = runnersSchema.safeParse(answer);
        if (!parsed.success) throw ofAnotherVersion(parsed.error);
        return formatRunners(parsed.data.runners, Date.now());
      };
    },
  };
}

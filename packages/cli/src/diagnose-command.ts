// `diagnose`: all that is known about somebody's runner: the one that lives, or what was kept of the last one.
import { parseArgs } from 'node:util';
import { RunnelError } from '@runnel/shared';
import { readConfiguration } from '@runnel/shared/process';
import type { Command } from './command.ts';
import { launcherConfiguration } from './config.ts';
import { formatDiagnostics } from './format-diagnostics.ts';
import { diagnosticsSchema, type OpenOperations } from './operations.ts';

const usage = `All that is known about a runner: its lease, what waits for it, how far its launch is, its pod with conditions, containers,
events and last log lines. A launcher is asked; what has ended is kept for a quarter of an hour. Secrets are taken out.

Usage: npm run runnel -- diagnose [--url URL] [--json] NAME

NAME is one of
  T0123ABCD:U0123ABCD              user key: team and user id of Slack
  runner-0123456789abcdef0123      name of the runner, as logs, \`runnel runners\` and kubectl show it
  <@U0123ABCD>, @U0123ABCD         mention, or the user id alone, of somebody who has a runner or whose messages wait

Options
  --url URL   where a launcher answers; instead of RUNNEL_URL. On a cluster:
              kubectl -n runnel-system port-forward deployment/runnel-launcher 8080
  --json      the answer as the launcher gave it, for programs. (npm run -s prints nothing besides.)

Exit codes: 0 it is known, 1 nobody is known by that name or the token is refused, 64 usage, 69 no launcher answers, 78 settings.
`;

export function diagnoseCommand(open: OpenOperations): Command {
  return {
    name: 'diagnose',
    summary: "all that is known about somebody's runner",
    usage,
    configuration: launcherConfiguration,
    read(argv) {
      const { values, positionals } = parseArgs({
        args: [...argv],
        options: { json: { type: 'boolean' }, url: { type: 'string' } },
        allowPositionals: true,
      });
      const name = readRunnerName(positionals);
      return async (env) => {
        const own = values.url === undefined ? {} : { RUNNEL_URL: values.url };
        const answer = await open(readConfiguration(launcherConfiguration, { ...env, ...own })).diagnostics(name);
        if (values.json === true) return `${JSON.stringify(answer)}\n`;
        const parsed = diagnosticsSchema.safeParse(answer);
        if (!parsed.success) throw ofAnotherVersion(parsed.error);
        return formatDiagnostics(parsed.data);
      };
    },
  };
}

export function ofAnotherVersion(cause: unknown): RunnelError {
  const sentence = 'The launcher answers as this program does not know it: use both of one version, or --json.';
  return new RunnelError('unknown', sentence, { cause });
}

const MENTION = /^<?@([UW][A-Z0-9]+)(?:\|[^>]*)?>?$/;
const NAME = /^(?:runner-[0-9a-f]{20}|[A-Z0-9]+:[A-Z0-9]+|[UW][A-Z0-9]+)$/;

function readRunnerName([given = '', ...others]: readonly string[]): string {
  if (given === '') throw new Error('A runner has to be named.');
  const name = MENTION.exec(given)?.[1] ?? given;
  if (others.length === 0 && NAME.test(name)) return name;
  throw new Error(`"${[given, ...others].join(' ')}" names no runner.`);
}

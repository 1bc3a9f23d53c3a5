// The documents that are made from the code: every setting of every process, every error code.
import { cliConfiguration } from '@runnel/cli';
import { ingressConfiguration } from '@runnel/ingress';
import { launcherConfiguration } from '@runnel/launcher';
import { runnerConfiguration } from '@runnel/runner';
import { errorCatalog } from '@runnel/shared';
import { documentConfiguration } from '@runnel/shared/process';

/** File names relative to the root, and what each must say. */
export function documents(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/configuration.md', configuration()],
    ['docs/errors.md', errors()],
  ]);
}

function configuration(): string {
  return [
    '# Settings',
    '',
    'Made from the code by `npm run docs`. Every setting is an environment variable; an empty one counts as not set.',
    'Durations carry their unit (`250ms`, `7.5s`, `5m`, `12h`), sizes too (`512MiB`, `2GiB`). All faults are reported at once, with exit code 78.',
    '',
    documentConfiguration('Ingress', ingressConfiguration),
    documentConfiguration('Launcher', launcherConfiguration),
    documentConfiguration('Runner (set by the launcher)', runnerConfiguration),
    documentConfiguration('Command line', cliConfiguration),
  ].join('\n');
}

function errors(): string {
  const rows = Object.entries(errorCatalog).map(
    ([code, { meaning, action }]) => `| \`${code}\` | ${meaning} | ${action} |`,
  );
  return [
    '# Errors',
    '',
    'Made from the code by `npm run docs`. The code stands in brackets in front of every message.',
    '',
    '| code | what it means | what to do |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

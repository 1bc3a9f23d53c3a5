// What may stand behind `npm start --`.
import { parseArgs } from 'node:util';

export type Arguments =
  | { readonly kind: 'start' }
  | { readonly kind: 'help' }
  | { readonly kind: 'say'; readonly text: string };

export const usage = `Runnel on this machine: Redis, a Slack of its own with a chat page, ingress, launcher, runners.

Usage: npm start                     prints one link to click; Ctrl-C saves and ends everything
       npm start -- --say "ls -la"   says one message, prints the thread, exits 0 when Runnel answered

Settings, from the environment:
  REDIS_URL        A Redis that runs already; without it one is started.
  RUNNEL_DATA      Folder of conversations, files and logs. Default: .runnel
  Any setting of ingress, launcher and runner in docs/configuration.md, for example RUNNER_IDLE_TIMEOUT=30s
`;

/** Throws an Error with a sentence for what is not understood. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: { say: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    strict: true,
  });
  if (values.help === true) return { kind: 'help' };
  if (values.say === undefined) return { kind: 'start' };
  if (values.say.trim() === '') throw new Error('--say needs a message, for example --say "ls -la".');
  return { kind: 'say', text: values.say };
}

// What may stand behind `npm start --`.
import { parseArgs } from 'node:util';

export type Arguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'start'; readonly repository?: string }
  | { readonly kind: 'say'; readonly text: string; readonly repository?: string };

const AGENTS = ['claude', 'opencode', 'codex', 'acp', 'terminal', 'shell'];

export const usage = `Runnel on this machine: Redis, a Slack of its own with a chat page, ingress, launcher, runners.

Usage: npm start                     prints one link to click; Ctrl-C saves and ends everything
       npm start -- --say "ls -la"   says one message, prints the thread, exits 0 when Runnel answered
       npm start -- --agent claude   Claude Code does the work, with the key in ANTHROPIC_API_KEY. Without a word about it
                                     it does where there is that key, Codex where there is OPENAI_API_KEY alone, and else
                                     messages run as commands (--agent shell)
       npm start -- --agent opencode OpenCode does it, with the key in ANTHROPIC_API_KEY and the model in OPENCODE_MODEL
       npm start -- --agent codex    Codex does it, with the key in OPENAI_API_KEY
       npm start -- --agent acp      the program in ACP_COMMAND does it, with what ACP_ENVIRONMENT gives it
       npm start -- --agent terminal messages are typed into the program in TERMINAL_COMMAND, which waits for the next one where
                                     the last line of its screen matches TERMINAL_READY
       npm start -- --agent claude,codex   the first one does it; a message \`agent codex\` has the other one do it
       npm start -- --repo ~/shop    everybody works on branches of that repository, which may be an address too; without it
                                     each person has one of their own, in .runnel/forge

Settings, from the environment:
  REDIS_URL        A Redis that runs already; without it one is started.
  RUNNEL_DATA      Folder of conversations, files and logs. Default: .runnel
  Any setting of ingress, launcher and runner in docs/configuration.md, for example RUNNER_IDLE_TIMEOUT=30s
`;

/** Throws an Error with a sentence for what is not understood. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    // Who calls this has chosen by it already: here it is only held against what there is.
    options: {
      say: { type: 'string' },
      agent: { type: 'string' },
      repo: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    strict: true,
  });
  if (values.help === true) return { kind: 'help' };
  if (values.agent?.split(',').every((agent) => AGENTS.includes(agent)) === false) {
    throw new Error(
      `--agent must be one of ${AGENTS.join(', ')}, for example --agent claude, or several: --agent claude,codex.`,
    );
  }
  if (values.repo === '') throw new Error('--repo needs a path or an address, for example --repo ~/shop.');
  const repository = values.repo === undefined ? {} : { repository: values.repo };
  if (values.say === undefined) return { kind: 'start', ...repository };
  if (values.say.trim() === '') throw new Error('--say needs a message, for example --say "ls -la".');
  return { kind: 'say', text: values.say, ...repository };
}

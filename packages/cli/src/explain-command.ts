// `explain`: what happened to a message, and what it waits for.
import { parseArgs } from 'node:util';
import { readConfiguration } from '@runnel/shared/process';
import type { Command } from './command.ts';
import { stateConfiguration } from './config.ts';
import { explainMessage, type FactReader } from './explain-message.ts';
import { formatExplanation } from './format-explanation.ts';
import { readMessageName } from './read-message-name.ts';

const usage = `What happened to a message, step by step, and what it waits for if it is not answered yet. What happened is kept for a day.

Usage: npm run runnel -- explain [--json] MESSAGE

MESSAGE is one of
  https://x.slack.com/archives/C0123ABCD/p1700000000123456   "Copy link" of the message in Slack
  T0123ABCD:C0123ABCD:1700000000.123456                      team, channel and timestamp
  C0123ABCD 1700000000.123456                                channel and timestamp
  reply:T0123ABCD:C0123ABCD:1700000000.123456                the delivery id that its answer carries

Options
  --json   the same for programs: message, user, verdict {state, sentence}, steps. The state is one of answered,
           settled, dead_letter, working, waiting, unknown. (npm run -s prints nothing besides.)
`;

export function explainCommand(open: (redisUrl: string) => Promise<FactReader & AsyncDisposable>): Command {
  return {
    name: 'explain',
    summary: 'what happened to a message, and what it waits for',
    usage,
    configuration: stateConfiguration,
    read(argv) {
      const { values, positionals } = parseArgs({
        args: [...argv],
        options: { json: { type: 'boolean' } },
        allowPositionals: true,
      });
      const name = readMessageName(positionals);
      return async (env) => {
        const { redisUrl } = readConfiguration(stateConfiguration, env);
        await using reader = await open(redisUrl);
        const explanation = await explainMessage(name, reader, Date.now());
        return values.json === true ? `${JSON.stringify(explanation)}\n` : formatExplanation(explanation);
      };
    },
  };
}

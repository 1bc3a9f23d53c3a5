// The settings of the command line: where the fleet that it looks at keeps its state, and where its launcher answers.
import { connectionOptions, option, type Configuration, type OptionTable } from '@runnel/shared/process';

const stateTable = {
  redisUrl: { ...connectionOptions.redisUrl, description: 'Address of the one Redis primary, for `explain`.' },
};

const launcherTable = {
  url: option.url(['http:', 'https:'], {
    env: 'RUNNEL_URL',
    description: 'Where a launcher answers operators (its HTTP_HOST and HTTP_PORT), for `diagnose` and `runners`.',
    example: 'http://127.0.0.1:8080',
    fallback: 'http://127.0.0.1:8080',
  }),
  token: option.text({
    env: 'OPERATIONS_TOKEN',
    description: 'The same text as in the settings of that launcher.',
    example: 'a-long-random-text',
    secret: true,
  }),
};

function configurationOf<const T extends OptionTable>(table: T): Configuration<T> {
  return {
    command: 'npm run runnel -- COMMAND',
    purpose: "The operator's hand. It only looks.",
    table,
    check: () => [],
  };
}

export const stateConfiguration = configurationOf(stateTable);
export const launcherConfiguration = configurationOf(launcherTable);
/** Of all commands together. */
export const cliConfiguration = configurationOf({ ...stateTable, ...launcherTable });

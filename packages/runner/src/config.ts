// The settings of a runner, as one described table.
import { isUserKey, splitUserKey, type UserKey } from '@runnel/shared';
import {
  checkLease,
  checkRunner,
  connectionOptions,
  leaseOptions,
  option,
  runnerOptions,
  type Configuration,
  type Option,
  type OptionValues,
} from '@runnel/shared/process';

const userKeyOption: Option<UserKey> = {
  env: 'RUNNER_USER_KEY',
  description: "Whose runner this is: Slack's team and user id.",
  example: 'T0LOCAL:U0ADA',
  parse: (text) => {
    if (!isUserKey(text)) throw new Error('must be a team id and a user id of Slack, joined by a colon');
    return text;
  },
};

const table = {
  ...connectionOptions,
  ...leaseOptions,
  ...runnerOptions,
  user: userKeyOption,
  generation: option.text({
    env: 'RUNNER_GENERATION',
    description: 'The generation of the launch that this runner answers; a later one makes it stale.',
    example: '1795270800000',
  }),
  owner: option.text({
    env: 'RUNNER_OWNER',
    description: 'Unique for this very process: the UID of its pod.',
    example: '7d0c6b1e-0f4e-4c55-9a0e-3c8f0f8d5a11',
  }),
  home: option.text({
    env: 'RUNNER_HOME',
    description: 'Working folder; the same path in every runner of a person, for agents remember absolute paths.',
    example: '/home/runner',
  }),
  probePort: option.integer(
    { min: 0, max: 65_535 },
    {
      env: 'PROBE_PORT',
      description:
        'Port on which GET /healthz says whether the runner is alive, from when it has its lease; 0 where nobody asks.',
      example: '8081',
      fallback: '0',
    },
  ),
};

export type RunnerSettings = OptionValues<typeof table>;

export const runnerConfiguration: Configuration<typeof table> = {
  command: 'node packages/runner/src/main.ts',
  purpose: 'Runs one person: reads their inbox, takes turns, answers in their threads, goes to sleep.',
  table,
  check: (values) => [...checkLease(values), ...checkRunner(values), ...checkOwner(values)],
};

/** What people write is a command, or typed into a program: of those who are named, and of nobody else. */
function checkOwner({ providers, allowedUsers, user }: RunnerSettings): string[] {
  const person = splitUserKey(user).user;
  const isAsWritten = providers.includes('shell') || providers.includes('terminal');
  if (!isAsWritten || allowedUsers.length === 0 || allowedUsers.includes(person)) return [];
  return [
    `ALLOWED_USERS does not name ${person}, for whom the shell or terminal of AGENT_PROVIDER would run commands. For example ALLOWED_USERS=${person}`,
  ];
}

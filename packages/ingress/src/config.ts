// The settings of ingress: one table makes the parser, `--help` and the documentation.
import {
  checkLease,
  connectionOptions,
  httpOptions,
  leaseOptions,
  option,
  type Configuration,
} from '@runnel/shared/process';

const table = {
  ...connectionOptions,
  ...leaseOptions,
  slackAppToken: option.text({
    env: 'SLACK_APP_TOKEN',
    description: "The app's app-level token, with the scope connections:write.",
    example: 'xapp-1-A0-2-abc',
    secret: true,
  }),
  allowedTeams: option.list({
    env: 'ALLOWED_TEAMS',
    description: 'Slack ids of the workspaces whose people may use the bot, separated by commas; empty for all.',
    example: 'T0LOCAL',
    fallback: '',
  }),
  allowedUsers: option.list({
    env: 'ALLOWED_USERS',
    description: 'Slack ids of the people who may use the bot, separated by commas; empty for everybody.',
    example: 'U0ADA,U0BEN',
    fallback: '',
  }),
  allowedChannels: option.list({
    env: 'ALLOWED_CHANNELS',
    description:
      'Slack ids of the channels the bot may work in, separated by commas; empty for all but those shared with another workspace, which must be named. Direct messages are always allowed.',
    example: 'C0GENERAL',
    fallback: '',
  }),
  slackSocketTimeoutMs: option.duration({
    env: 'SLACK_SOCKET_TIMEOUT',
    description: 'How long ingress may be without a connection to Slack before it ends, so that it is started anew.',
    example: '60s',
    fallback: '60s',
  }),
  ...httpOptions('the dashboard /queues'),
  dashboardToken: option.text({
    env: 'DASHBOARD_TOKEN',
    description: 'Who has it sees the dashboard: open /queues?token=… once. Without it the dashboard is closed.',
    example: 'a-long-random-text',
    fallback: '',
    secret: true,
  }),
  drainMs: option.duration({
    env: 'INGRESS_DRAIN',
    description: 'How long ingress may take to finish what it has in hand when it is asked to end.',
    example: '12s',
    fallback: '12s',
  }),
};

export const ingressConfiguration: Configuration<typeof table> = {
  command: 'node packages/ingress/src/main.ts',
  purpose:
    "Ingress takes what people say to the bot in Slack and appends it to their inboxes; it serves the operators' dashboard.",
  table,
  check: checkLease,
};

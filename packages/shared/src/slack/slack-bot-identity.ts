// ADAPTER: who the app is in its workspace, from `auth.test`.
import type { WebClient } from '@slack/web-api';
import { RunnelError } from '../errors.ts';
import { callPatiently } from './call-patiently.ts';
import { slackError } from './slack-error.ts';

export type SlackBotIdentity = { readonly team: string; readonly user: string };

/** What passes within this is no reason to end a process that has only begun. */
const PATIENCE_MS = 30_000;

/** Throws `slack_auth` for a token that Slack refuses, `slack_unavailable` when it does not answer. */
export async function slackBotIdentity(client: WebClient): Promise<SlackBotIdentity> {
  try {
    const { team_id: team, user_id: user } = await callPatiently(
      () => client.auth.test(),
      performance.now() + PATIENCE_MS,
    );
    if (team === undefined || user === undefined) throw new Error('auth.test did not say who we are');
    return { team, user };
  } catch (reason) {
    const error = slackError(reason);
    if (error.code !== 'slack_auth') throw error;
    throw new RunnelError(
      'slack_auth',
      `Slack refuses SLACK_BOT_TOKEN (${error.reason}): set the bot token (xoxb-…) of the installed app`,
      { cause: reason },
    );
  }
}

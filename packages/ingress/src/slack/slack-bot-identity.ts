// ADAPTER: who the app is in its workspace, from `auth.test`.
import { RunnelError } from '@runnel/shared';
import { slackError } from '@runnel/shared/slack';
import type { WebClient } from '@slack/web-api';

export type SlackBotIdentity = { readonly team: string; readonly user: string };

/** Throws `slack_auth` for a token that Slack refuses. */
export async function slackBotIdentity(client: WebClient): Promise<SlackBotIdentity> {
  try {
    const { team_id: team, user_id: user } = await client.auth.test();
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

// Who and where: the app itself, the team, the people, and the address of a socket.
import type { AppsConnectionsOpenResponse, AuthTestResponse, TeamInfoResponse } from '@slack/web-api';
import { SlackRefusal } from './method-call.ts';
import type { MethodCall, MethodHandlers } from './method-call.ts';

export const lookupMethods: MethodHandlers = {
  'auth.test': testAuth,
  'apps.connections.open': openConnection,
  'team.info': describeTeam,
  'users.info': describeUser,
};

function testAuth({ shaping }: MethodCall) {
  const { team, bot } = shaping.workspace;
  return {
    ok: true,
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: bot.name,
    team_id: team.id,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
  } satisfies AuthTestResponse;
}

function openConnection(call: MethodCall) {
  return { ok: true, url: call.issueSocketUrl() } satisfies AppsConnectionsOpenResponse;
}

function describeTeam({ args, shaping }: MethodCall) {
  const { team } = shaping.workspace;
  const asked = args.optionalText('team');
  if (asked !== undefined && asked !== team.id) throw new SlackRefusal('team_not_found');
  return { ok: true, team: { ...team, email_domain: '', icon: { image_default: true } } } satisfies TeamInfoResponse;
}

function describeUser({ args, shaping }: MethodCall) {
  const { team, bot } = shaping.workspace;
  const user = shaping.workspace.users().find((candidate) => candidate.id === args.text('user'));
  if (user === undefined) throw new SlackRefusal('user_not_found');
  return {
    ok: true,
    user: {
      id: user.id,
      team_id: team.id,
      name: user.name,
      deleted: false,
      real_name: user.realName,
      tz: 'Etc/UTC',
      tz_label: 'Coordinated Universal Time',
      tz_offset: 0,
      profile: {
        real_name: user.realName,
        real_name_normalized: user.realName,
        display_name: user.name,
        display_name_normalized: user.name,
        team: team.id,
        ...(user.isBot ? { bot_id: bot.botId, api_app_id: bot.appId } : {}),
      },
      is_admin: false,
      is_owner: false,
      is_primary_owner: false,
      is_restricted: false,
      is_ultra_restricted: false,
      is_bot: user.isBot,
      is_app_user: false,
      updated: 1_700_000_000,
    },
  };
}

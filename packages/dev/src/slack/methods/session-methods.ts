// agents.sessions.* and assistant.threads.*: what is shown beside a thread while the app works on it.
import type { AgentsSessionsRenameResponse, AgentsSessionsSetStatusResponse } from '@slack/web-api';
import type { AgentSession } from '../workspace-objects.ts';
import { findChannel, findThread, SlackRefusal } from './method-call.ts';
import type { MethodCall, MethodHandlers } from './method-call.ts';

export const sessionMethods: MethodHandlers = {
  'agents.sessions.setStatus': setSessionStatus,
  'agents.sessions.rename': renameSession,
  'assistant.threads.setStatus': setThreadStatus,
  'assistant.threads.setSuggestedPrompts': setSuggestedPrompts,
};

/** Makes the session where there is none; its title counts only then. */
function setSessionStatus(call: MethodCall) {
  const { workspace } = call.shaping;
  const { channel, threadTs, session } = findSession(call);
  const initiator = call.args.optionalText('initiator_user_id');
  if (initiator !== undefined && !workspace.users().some((user) => user.id === initiator)) {
    throw new SlackRefusal('user_not_found');
  }
  const status = call.args.text('status') as AgentSession['status'];
  const title = session === undefined ? call.args.optionalText('title')?.replaceAll(':', '_') : session.title;
  workspace.setSession({ channel, threadTs, status, ...(title === undefined ? {} : { title }) });
  return {
    ok: true,
    status,
    agent_status: status,
    ...(title === undefined ? {} : { title }),
  } satisfies AgentsSessionsSetStatusResponse;
}

function renameSession(call: MethodCall) {
  const { session } = findSession(call);
  if (session === undefined) throw new SlackRefusal('session_not_found');
  const title = call.args.text('title');
  call.shaping.workspace.setSession({ ...session, title });
  return { ok: true, title } satisfies AgentsSessionsRenameResponse;
}

function setThreadStatus(call: MethodCall) {
  const channel = findChannel(call, 'channel_id').id;
  const threadTs = findThread(call, channel, call.args.text('thread_ts'));
  if (threadTs === undefined) throw new SlackRefusal('invalid_thread_ts');
  const loading = call.args.list<string>('loading_messages');
  call.shaping.workspace.setStatus({
    channel,
    threadTs,
    status: call.args.text('status'),
    ...(loading.length === 0 ? {} : { loading }),
  });
  return { ok: true };
}

function setSuggestedPrompts(call: MethodCall) {
  const channel = findChannel(call, 'channel_id').id;
  const given = call.args.optionalText('thread_ts');
  const threadTs = given === undefined ? undefined : findThread(call, channel, given);
  if (given !== undefined && threadTs === undefined) throw new SlackRefusal('invalid_thread_ts');
  const title = call.args.optionalText('title');
  call.shaping.workspace.suggest({
    channel,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(title === undefined ? {} : { title }),
    prompts: call.args.list<{ title: string; message: string }>('prompts'),
  });
  return { ok: true };
}

function findSession(call: MethodCall): { channel: string; threadTs: string; session: AgentSession | undefined } {
  const channel = findChannel(call, 'channel_id').id;
  const threadTs = call.args.optionalText('thread_ts');
  if (threadTs === undefined) throw new SlackRefusal('thread_ts_required');
  const session = call.shaping.workspace
    .sessions()
    .find((candidate) => candidate.channel === channel && candidate.threadTs === threadTs);
  return { channel, threadTs, session };
}

// files.*: an address, the bytes, then the sharing, which comes after the answer as on Slack.
import type { FilesCompleteUploadExternalResponse, FilesGetUploadURLExternalResponse } from '@slack/web-api';
import { shapeSlackFile } from '../shape-slack-message.ts';
import { findChannel, findThread, SlackRefusal } from './method-call.ts';
import type { MethodCall, MethodHandlers } from './method-call.ts';

export const fileMethods: MethodHandlers = {
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': completeUpload,
  'files.info': describeFile,
};

function getUploadUrl({ args, shaping, uploads }: MethodCall) {
  const id = shaping.workspace.nextFileId();
  uploads.begin(id, args.text('filename'));
  return {
    ok: true,
    file_id: id,
    upload_url: `${shaping.baseUrl}upload/v1/${id}`,
  } satisfies FilesGetUploadURLExternalResponse;
}

function completeUpload(call: MethodCall) {
  const { args, shaping, uploads } = call;
  const { workspace } = shaping;
  const channel = args.optionalText('channel_id') === undefined ? undefined : findChannel(call, 'channel_id').id;
  const thread = args.optionalText('thread_ts');
  const threadTs = channel === undefined || thread === undefined ? undefined : findThread(call, channel, thread);
  const files = args.list<{ id: string; title?: string }>('files').map(({ id, title }) => {
    const upload = uploads.take(id);
    if (upload === undefined) throw new SlackRefusal('file_not_found');
    const file = workspace.storeFile(workspace.bot.userId, { id, ...upload });
    return { file, answer: { id, title: title ?? upload.name } };
  });
  if (channel !== undefined) {
    const message = {
      channel,
      text: args.text('initial_comment'),
      files: files.map(({ file }) => file),
      ...(threadTs === undefined ? {} : { threadTs }),
    };
    setImmediate(() => workspace.post(message));
  }
  return { ok: true, files: files.map(({ answer }) => answer) } satisfies FilesCompleteUploadExternalResponse;
}

function describeFile({ args, shaping }: MethodCall) {
  const file = shaping.workspace.file(args.text('file'));
  if (file === undefined) throw new SlackRefusal('file_not_found');
  return {
    ok: true,
    file: { ...shapeSlackFile(file, shaping), shares: { public: findShares(file.id, shaping) } },
    comments: [],
  };
}

function findShares(id: string, { workspace }: MethodCall['shaping']): Record<string, object[]> {
  const shares = workspace.channels().map((channel) => {
    const messages = workspace.messages(channel.id).filter((message) => message.files?.some((file) => file.id === id));
    return [
      channel.id,
      messages.map((message) => ({
        ts: message.ts,
        channel_name: channel.name,
        team_id: workspace.team.id,
        share_user_id: message.user,
        ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
      })),
    ] as const;
  });
  return Object.fromEntries(shares.filter(([, messages]) => messages.length > 0));
}

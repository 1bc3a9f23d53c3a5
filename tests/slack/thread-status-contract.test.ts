import { slackThreadStatus } from '@runnel/shared/slack';
import { describeThreadStatus } from '@runnel/shared/testing';
import { openSlackStage } from '../support/slack-stage.ts';

describeThreadStatus('Slack', async () => {
  const stage = await openSlackStage();
  const { workspace } = stage.slack;
  const { channel, threadTs } = stage.thread;
  return {
    status: slackThreadStatus(stage.client, (error) => {
      throw error;
    }),
    thread: stage.thread,
    person: stage.person,
    seen: () => ({
      working: workspace.sessions().some((one) => one.threadTs === threadTs && one.status === 'processing'),
      line: workspace.statuses().find((one) => one.threadTs === threadTs)?.status ?? '',
      isMarked: (workspace.message({ channel, ts: threadTs })?.reactions ?? []).length > 0,
    }),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
});

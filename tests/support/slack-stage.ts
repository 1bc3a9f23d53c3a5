// A workspace on the stand-in, a client of ours, and a thread that a person has begun in it.
import { startSlackStandIn, type SlackStandIn, type WorkspaceMessage } from '@runnel/dev';
import type { Thread } from '@runnel/shared';
import { slackClient } from '@runnel/shared/slack';
import type { WebClient } from '@slack/web-api';
import { expect } from 'vitest';

export type SlackStage = AsyncDisposable & {
  readonly slack: SlackStandIn;
  readonly client: WebClient;
  readonly thread: Thread;
  readonly person: string;
  /** What the bot said in the thread for all to see. */
  said(): WorkspaceMessage[];
  whispered(): WorkspaceMessage[];
  /** How often a method was called. */
  calls(method: string): number;
};

export const BOT_TOKEN = 'xoxb-1-1-stage';

/** At its end the stand-in must have found nothing that differs from Slack's own description. `timeoutMs` is of one call. */
export async function openSlackStage({ timeoutMs = 15_000 } = {}): Promise<SlackStage> {
  const slack = await startSlackStandIn({ appToken: 'xapp-1-1-stage', botToken: BOT_TOKEN });
  const { workspace } = slack;
  const person = 'U0ADA';
  const channel = 'C0TEAM';
  const root = workspace.postAs(person, { channel, text: 'do something' });
  const byBot = (): WorkspaceMessage[] =>
    workspace
      .messages(channel)
      .filter((message) => message.user === workspace.bot.userId && message.threadTs === root.ts);
  return {
    slack,
    client: slackClient({ apiUrl: slack.url, token: BOT_TOKEN, timeoutMs }),
    thread: { channel, threadTs: root.ts },
    person,
    said: () => byBot().filter((message) => message.ephemeralTo === undefined && message.deleted !== true),
    whispered: () => byBot().filter((message) => message.ephemeralTo === person),
    calls: (method) => slack.record.calls(method).length,
    async [Symbol.asyncDispose]() {
      await slack.close();
      expect(slack.violations()).toEqual([]);
    },
  };
}

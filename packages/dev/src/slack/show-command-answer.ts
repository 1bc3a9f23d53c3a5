// What an app answers a slash command with, held to what Slack takes, and shown to the person who gave it.
// Source: docs.slack.dev/interactivity/implementing-slash-commands, "responding to commands".
import { z } from 'zod';
import type { BlockRules } from './block-rules.ts';
import type { ReportViolation } from './slack-web-api.ts';
import type { Workspace } from './workspace.ts';

const commandSchema = z.object({ command: z.string(), channel_id: z.string(), user_id: z.string() });
const answerSchema = z.strictObject({
  response_type: z.enum(['ephemeral', 'in_channel']).default('ephemeral'),
  text: z.string().max(40_000).default(''),
  blocks: z.array(z.unknown()).default([]),
});

type Showing = { workspace: Workspace; blockRules: BlockRules; report: ReportViolation };

/** An acknowledgement without words shows nothing. */
export function showCommandAnswer({ workspace, blockRules, report }: Showing, given: unknown, answer: unknown): void {
  const { command, channel_id: channel, user_id: user } = commandSchema.parse(given);
  const read = answerSchema.safeParse(answer ?? {});
  const faults = read.success ? blockRules.check(read.data.blocks) : read.error.issues.map((issue) => issue.message);
  if (faults.length > 0) report({ kind: 'answer', subject: command, faults, value: answer });
  if (!read.success || faults.length > 0) return;
  const { text, blocks, response_type: type } = read.data;
  if (text === '' && blocks.length === 0) return;
  const seenBy = type === 'ephemeral' ? { ephemeralTo: user } : {};
  workspace.post({ channel, text, ...(blocks.length === 0 ? {} : { blocks }), ...seenBy });
}

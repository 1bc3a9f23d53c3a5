// One message without a browser: says it, prints the thread as it grows, ends with the final answer.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatState } from './chat/chat-state.ts';
import type { PageClient } from './page-client.ts';
import type { WorkspaceMessage, WorkspaceUser } from './slack/workspace.ts';

const LOOK_EVERY_MS = 100;
const GIVE_UP_AFTER_MS = 15 * 60_000;

export type Terminal = {
  /** The thread itself. */
  readonly say: (text: string) => void;
  /** What goes on meanwhile. */
  readonly hint: (text: string) => void;
};

/** Resolves when Runnel answered; rejects with a sentence when it did not. */
export async function sayOnce(page: PageClient, text: string, terminal: Terminal): Promise<void> {
  const { person, channel } = await whoSpeaks(page);
  const threadTs = await page.post({ user: person.id, channel, text });
  terminal.say(`${person.realName}: ${text}`);
  const printed = new Set<string>();
  let lastStatus = '';
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  while (performance.now() < deadline) {
    const state = await page.state();
    const status = statusOf(state, threadTs);
    if (status !== lastStatus && status !== '') terminal.hint(`Runnel ${status}`);
    lastStatus = status;
    const answers = state.messages.filter((message) => message.threadTs === threadTs && message.user !== person.id);
    for (const answer of answers.filter((one) => !printed.has(one.ts) && isWorthPrinting(one))) {
      printed.add(answer.ts);
      terminal.say(`Runnel: ${readable(answer.text)}`);
    }
    if (answers.some(isLastOfFinal)) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`No answer within ${GIVE_UP_AFTER_MS / 60_000} minutes. The logs are in the data folder, in logs/.`);
}

async function whoSpeaks(page: PageClient): Promise<{ person: WorkspaceUser; channel: string }> {
  const { users, channels } = await page.state();
  const person = users.find((user) => !user.isBot);
  const dm = channels.find((channel) => channel.kind === 'im' && channel.members.includes(person?.id ?? ''));
  if (person === undefined || dm === undefined) throw new Error('There is nobody here to speak as.');
  return { person, channel: dm.id };
}

function statusOf(state: ChatState, threadTs: string): string {
  return state.statuses.find((status) => status.threadTs === threadTs)?.status ?? '';
}

/** A card comes and goes while a turn runs. */
function isWorthPrinting(message: WorkspaceMessage): boolean {
  return kindOf(message) !== 'card' && message.deleted !== true;
}

function kindOf(message: WorkspaceMessage): unknown {
  return message.metadata?.event_payload['kind'];
}

/** A long answer comes in several messages; only the last one says that it is whole. */
function isLastOfFinal(message: WorkspaceMessage): boolean {
  const { part, parts } = message.metadata?.event_payload ?? {};
  return kindOf(message) === 'final' && Number(part) + 1 === parts;
}

/** Slack's encoding taken back, for a terminal. */
function readable(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

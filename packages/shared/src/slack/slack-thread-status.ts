// The quiet signs in a thread, by what this workspace has: agent sessions and status lines, else a reaction. Never fails a turn.
import type { WebClient } from '@slack/web-api';
import type { RunnelError } from '../errors.ts';
import type { Thread } from '../session.ts';
import type { ThreadStatus } from '../thread-status.ts';
import { slackError } from './slack-error.ts';

/** Told of failures that are worth a line in the log, with the method of Slack's. */
export type StatusFailure = (error: RunnelError, method: string) => void;

type Method = 'agents.sessions.setStatus' | 'assistant.threads.setStatus' | 'reactions.add' | 'reactions.remove';
type Outcome = 'done' | 'unknown' | 'failed';

const WORKING_REACTION = 'eyes';
const MARKS = { queued: 'hourglass_flowing_sand' } as const;
const DEFAULT_LINE = 'is working…';

/** Slack takes a status line away after two minutes. */
const LINE_LASTS_MS = 60_000;
/** Of titles, by Slack; of status lines, so that they stay one line. */
const LONGEST = 200;

const BENIGN = new Set(['already_reacted', 'no_reaction', 'message_not_found', 'thread_not_found']);
const NOT_HERE = /^(unknown_method|feature_disabled|missing_scope|not_allowed\w*|method_not_supported\w*)$/;

/** The client is one of `slackClient`. What the workspace does not have is remembered for as long as this lives. */
export function slackThreadStatus(client: WebClient, onFailure: StatusFailure): ThreadStatus {
  return new SlackThreadStatus(client, onFailure);
}

class SlackThreadStatus implements ThreadStatus {
  readonly #client: WebClient;
  readonly #onFailure: StatusFailure;
  readonly #missing = new Set<Method>();
  /** Until when Slack asked not to call a method (`performance.now()`). */
  readonly #quietUntil = new Map<Method, number>();
  /** The line that each thread shows, and for which message, oldest first. Slack takes it away with every answer. */
  readonly #lines = new Map<string, { line: string; message: string; at: number }>();

  constructor(client: WebClient, onFailure: StatusFailure) {
    this.#client = client;
    this.#onFailure = onFailure;
  }

  async working(
    thread: Thread,
    { title, user, message }: { title: string; user: string; message: string },
  ): Promise<void> {
    const headline = firstLine(title);
    const outcome = await this.#setSession(thread, {
      status: 'processing',
      initiator_user_id: user,
      ...(headline === '' ? {} : { title: headline }),
    });
    if (outcome !== 'unknown') return;
    if (!this.#shows(thread)) await this.#showLine(thread, DEFAULT_LINE, message);
    await this.#reactWhereNothingElseShows(thread, message);
  }

  async stage(thread: Thread, line: string, message: string): Promise<void> {
    await this.#showLine(thread, firstLine(line), message);
    if (line !== '') await this.#reactWhereNothingElseShows(thread, message);
  }

  async rest(thread: Thread, message: string): Promise<void> {
    await Promise.all([this.#setSession(thread, { status: 'active' }), this.#clearLine(thread)]);
    if (this.#reacts()) await this.#react(thread.channel, message, { name: WORKING_REACTION, on: false });
  }

  async mark(...[channel, message, mark, on]: Parameters<ThreadStatus['mark']>): Promise<void> {
    await this.#react(channel, message, { name: MARKS[mark], on });
  }

  #setSession(
    thread: Thread,
    status: { status: 'processing' | 'active'; title?: string; initiator_user_id?: string },
  ): Promise<Outcome> {
    return this.#call('agents.sessions.setStatus', () =>
      this.#client.agents.sessions.setStatus({ channel_id: thread.channel, thread_ts: thread.threadTs, ...status }),
    );
  }

  async #showLine(thread: Thread, line: string, message: string): Promise<void> {
    const key = keyOf(thread);
    const shown = this.#lines.get(key);
    const now = performance.now();
    if (shown?.line === line && shown.message === message && now - shown.at < LINE_LASTS_MS) return;
    // Remembered before it is sent: a second caller at the same time must see it.
    this.#lines.delete(key);
    this.#lines.set(key, { line, message, at: now });
    this.#forgetOldLines(now);
    if ((await this.#setLine(thread, line)) !== 'done') this.#lines.delete(key);
  }

  /** Always sent: another process may have set the line. */
  async #clearLine(thread: Thread): Promise<void> {
    this.#lines.delete(keyOf(thread));
    await this.#setLine(thread, '');
  }

  #setLine(thread: Thread, status: string): Promise<Outcome> {
    return this.#call('assistant.threads.setStatus', () =>
      this.#client.assistant.threads.setStatus({ channel_id: thread.channel, thread_ts: thread.threadTs, status }),
    );
  }

  #shows(thread: Thread): boolean {
    const shown = this.#lines.get(keyOf(thread));
    return shown !== undefined && shown.line !== '' && performance.now() - shown.at < LINE_LASTS_MS;
  }

  /** The map is in the order of time, so it never holds more than a minute of threads. */
  #forgetOldLines(now: number): void {
    for (const [key, { at }] of this.#lines) {
      if (now - at < LINE_LASTS_MS) return;
      this.#lines.delete(key);
    }
  }

  #reacts(): boolean {
    return this.#missing.has('agents.sessions.setStatus') && this.#missing.has('assistant.threads.setStatus');
  }

  async #reactWhereNothingElseShows(thread: Thread, message: string): Promise<void> {
    if (this.#reacts()) await this.#react(thread.channel, message, { name: WORKING_REACTION, on: true });
  }

  async #react(channel: string, timestamp: string, { name, on }: { name: string; on: boolean }): Promise<void> {
    const { reactions } = this.#client;
    const call = { channel, timestamp, name };
    if (on) await this.#call('reactions.add', () => reactions.add(call));
    else await this.#call('reactions.remove', () => reactions.remove(call));
  }

  async #call(method: Method, call: () => Promise<unknown>): Promise<Outcome> {
    if (this.#missing.has(method)) return 'unknown';
    if (performance.now() < (this.#quietUntil.get(method) ?? 0)) return 'failed';
    try {
      await call();
      return 'done';
    } catch (thrown) {
      return this.#judge(method, thrown);
    }
  }

  #judge(method: Method, thrown: unknown): Outcome {
    const error = slackError(thrown);
    if (BENIGN.has(error.reason)) return 'done';
    if (error.code === 'slack_rate_limited' && error.retry.kind === 'retryable') {
      this.#quietUntil.set(method, performance.now() + error.retry.retryAfterMs);
      return 'failed';
    }
    const isMissing = NOT_HERE.test(error.reason);
    if (isMissing) this.#missing.add(method);
    this.#onFailure(error, method);
    return isMissing ? 'unknown' : 'failed';
  }
}

function keyOf({ channel, threadTs }: Thread): string {
  return `${channel}:${threadTs}`;
}

/** Without half a character at its end. */
function firstLine(text: string): string {
  const [line = ''] = text.trim().split('\n', 1);
  return line
    .slice(0, LONGEST)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
}

// The line of stages that one Slack envelope goes through. `main.ts` shows it as an arrow and brings the ports.
import {
  takeStep,
  type EntryPayload,
  type InboxReader,
  type InboxWriter,
  type KeptThreads,
  type LaunchQueue,
  type LeaseKeeper,
  type ReplySink,
  type Thread,
  type ThreadStatus,
  type UserKey,
} from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { shapeWhisper } from '@runnel/shared/slack';
import { admitEvent } from './admit-event.ts';
import { appendEntry } from './append-entry.ts';
import type { AllowLists } from './decide-admission.ts';
import { orderByThread } from './order-by-thread.ts';
import { reopenLaunches, type Conclusion } from './reopen-launches.ts';
import { routeEvent } from './route-event.ts';
import { showReceipt, type Receipt } from './show-receipt.ts';
import type { IncomingSlackEnvelope } from './slack/incoming-slack-envelope.ts';
import { originOf, type SlackCommand, type SlackRequest } from './slack/incoming-slack-event.ts';
import { readSlackEvent } from './slack/read-slack-event.ts';
import type { ThreadOwners } from './thread-owners.ts';
import type { ToldOnce } from './told-once.ts';
import { wakeRunner } from './wake-runner.ts';
import type { Whisper } from './whisper.ts';
import { answerCommand } from './words/answer-command.ts';
import { answerWord, postWord, type WordAnswer } from './words/answer-word.ts';
import { IN_DIRECT_MESSAGES, PERHAPS_TAKEN } from './words/begin-thread.ts';

export type IngressPorts = {
  readonly inbox: InboxWriter & Pick<InboxReader, 'backlog' | 'keptAwakeMs'> & Pick<LeaseKeeper, 'lease'>;
  readonly launches: Pick<LaunchQueue, 'add'>;
  readonly kept: Pick<KeptThreads, 'all'>;
  readonly owners: ThreadOwners;
  readonly told: ToldOnce;
  readonly status: Pick<ThreadStatus, 'working' | 'stage' | 'rest'>;
  readonly replies: Pick<ReplySink, 'post' | 'whisper' | 'conclude' | 'beginThread' | 'remove'>;
  readonly log: Logger;
};

export type IngressRules = {
  /** Slack user id of the app's bot. */
  readonly botUser: string;
  readonly allowed: AllowLists;
  readonly seenMs: number;
  readonly maxBacklog: number;
  readonly callTimeoutMs: number;
};

/** What is still to be said once Slack has been acknowledged to. */
type Afterwards = {
  readonly whisper?: Whisper | undefined;
  readonly conclusion?: Conclusion;
  readonly receipt?: Receipt;
  readonly answer?: WordAnswer;
  /** It was begun for what went no further: nothing is to stand there. */
  readonly undone?: Thread;
  /** Whose inbox it went to, if it went anywhere. */
  readonly user?: UserKey;
};

/** `answer` goes to whoever gave a slash command, with the acknowledgement. */
type Taken = { readonly identity: string; readonly afterwards: Afterwards; readonly answer?: string };

/** A live runner answers within two seconds; one that is on its way cannot. */
const NOTED: Readonly<Partial<Record<EntryPayload['type'], string>>> = {
  stop: 'Noted. Your runner is on its way; it stops what waits here before any of it runs.',
  run_now: 'Noted. Your runner is on its way; it runs what you held, in its order.',
  discard: 'Noted. Your runner is on its way; it forgets what you held.',
  decision: 'Noted. Your runner is on its way; it goes on with your answer.',
  open_pull_request: 'Noted. Your runner is on its way; it opens the pull request.',
  show_diff: 'Noted. Your runner is on its way; it shows what changed.',
};

/** Resolves when the envelope was taken, and rejects when it was not: Slack is not acknowledged to then and delivers it again. */
export type TakeSlackEnvelope = (envelope: IncomingSlackEnvelope) => Promise<void>;

export function takeSlackEnvelope(ports: IngressPorts, rules: IngressRules): TakeSlackEnvelope {
  const inThreadOrder = orderByThread();
  const takeInOrder = async (request: SlackRequest): Promise<Taken> => {
    const { channel, threadTs } = originOf(request).thread;
    const afterwards = await inThreadOrder(`${channel}:${threadTs}`, () => takeRequest(request, ports, rules));
    return { identity: request.identity, afterwards };
  };
  return async (envelope) => {
    const { type, retry } = envelope;
    const event = readSlackEvent(envelope.body, rules.botUser);
    if (event.kind === 'ignored') {
      ports.log[event.reason === 'unreadable' ? 'warn' : 'debug'](
        { type, retry, reason: event.reason },
        'slack event ignored',
      );
      return envelope.acknowledge?.();
    }
    const taken = event.kind === 'command' ? await takeCommand(event, ports, rules) : await takeInOrder(event);
    const { identity, afterwards, answer } = taken;
    const about = afterwards.user === undefined ? {} : { user: afterwards.user };
    const { acknowledge } = envelope;
    if (acknowledge !== undefined) {
      const response = answer === undefined ? undefined : { response_type: 'ephemeral', ...shapeWhisper(answer) };
      await takeStep('acknowledge_slack', { ...about, identities: [identity] }, () => acknowledge(response));
    }
    // Nobody waits for it: Slack has its acknowledgement, and saying it again is not worth a failure.
    void sayAfterwards(afterwards, ports, rules);
  };
}

async function takeCommand(command: SlackCommand, ports: IngressPorts, rules: IngressRules): Promise<Taken> {
  const answer = await answerCommand(command, { ...ports, ...rules });
  if (answer.kind === 'said') return { identity: command.identity, afterwards: {}, answer: answer.text };
  const { message } = answer;
  const { identity, thread } = message;
  try {
    // Nothing else has been said in a thread that has only begun: there is no order to keep.
    const { whisper, ...afterwards } = await takeRequest(message, ports, rules);
    if (whisper === undefined) return { identity, afterwards, answer: IN_DIRECT_MESSAGES };
    return { identity, afterwards: { ...afterwards, undone: thread }, answer: whisper.text };
  } catch (error) {
    // Slack would say that nothing was done, and have it given again.
    ports.log.error({ err: error, identity }, 'slash command may have been taken or not');
    return { identity, afterwards: {}, answer: PERHAPS_TAKEN };
  }
}

async function takeRequest(request: SlackRequest, ports: IngressPorts, rules: IngressRules): Promise<Afterwards> {
  const log = ports.log.child({ kind: request.kind, identity: request.identity });
  const admission = await admitEvent(request, { ...ports, ...rules });
  if (admission.kind === 'refused') {
    log.info({ why: admission.why }, 'slack event refused');
    return { whisper: admission.whisper };
  }
  const route = await routeEvent(request, { ...ports, ...rules }, Date.now());
  if (route.kind === 'ignore') {
    log.debug({ reason: route.reason }, 'slack event ignored');
    return {};
  }
  if (route.kind === 'whisper') return route;
  if (route.kind === 'reopen') return reopenLaunches(route, ports);
  if (route.kind === 'answer') return { user: route.user, answer: await answerWord(route, ports) };
  const { answer, whisper } = await appendEntry(route, ports, rules.maxBacklog);
  const { user, payload } = route.request;
  log.info(
    { user, session: payload.session, entry: answer.entryId, verdict: answer.verdict, hint: answer.hint.kind },
    'slack event taken',
  );
  await wakeRunner(ports.launches, { user, hint: answer.hint }, log);
  // A duplicate has been shown already.
  if (answer.verdict !== 'queued') return { user, whisper };
  const noted = NOTED[payload.type];
  if (noted !== undefined && answer.hint.kind !== 'none') {
    return { user, whisper: { thread: route.thread, user: payload.author, text: noted } };
  }
  if (payload.type !== 'prompt') return { user, whisper };
  return { user, receipt: { user, thread: route.thread, prompt: payload, hint: answer.hint } };
}

async function sayAfterwards(
  { whisper, conclusion, receipt, answer, undone }: Afterwards,
  ports: IngressPorts,
  rules: IngressRules,
): Promise<void> {
  const { replies, log } = ports;
  if (receipt !== undefined) await showReceipt(ports, receipt);
  try {
    if (undone !== undefined) await replies.remove(undone, undone.threadTs);
    if (whisper !== undefined) await replies.whisper(whisper.thread, whisper.user, whisper.text);
    if (answer !== undefined) await postWord(ports, answer, rules.callTimeoutMs);
    if (conclusion !== undefined) await replies.conclude(conclusion.thread, conclusion.message, conclusion.line);
  } catch (error) {
    log.warn({ err: error, user: whisper?.user }, 'whisper not said');
  }
}

// The line of stages that one Slack envelope goes through. `main.ts` shows it as an arrow and brings the ports.
import type { InboxWriter, LaunchQueue, ReplySink, ThreadStatus } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { admitEvent } from './admit-event.ts';
import { appendEntry } from './append-entry.ts';
import type { AllowLists } from './decide-admission.ts';
import { orderByThread } from './order-by-thread.ts';
import { routeEvent } from './route-event.ts';
import { showReceipt, type Receipt } from './show-receipt.ts';
import type { IncomingSlackEnvelope } from './slack/incoming-slack-envelope.ts';
import { originOf, type SlackRequest } from './slack/incoming-slack-event.ts';
import { readSlackEvent } from './slack/read-slack-event.ts';
import type { ThreadOwners } from './thread-owners.ts';
import type { ToldOnce } from './told-once.ts';
import { wakeRunner } from './wake-runner.ts';
import type { Whisper } from './whisper.ts';

export type IngressPorts = {
  readonly inbox: InboxWriter;
  readonly launches: Pick<LaunchQueue, 'add'>;
  readonly owners: ThreadOwners;
  readonly told: ToldOnce;
  readonly status: Pick<ThreadStatus, 'working' | 'stage'>;
  readonly replies: Pick<ReplySink, 'whisper'>;
  readonly log: Logger;
};

export type IngressRules = {
  /** Slack user id of the app's bot. */
  readonly botUser: string;
  readonly allowed: AllowLists;
  readonly seenMs: number;
  readonly maxBacklog: number;
};

/** What is still to be said once Slack has been acknowledged to. */
type Afterwards = { readonly whisper?: Whisper | undefined; readonly receipt?: Receipt };

/** A live runner answers a Stop within two seconds; one that is on its way cannot. */
const STOP_NOTED = 'Noted. Your runner is on its way; it stops what waits here before any of it runs.';

/** Resolves when the envelope was taken, and rejects when it was not: Slack is not acknowledged to then and delivers it again. */
export type TakeSlackEnvelope = (envelope: IncomingSlackEnvelope) => Promise<void>;

export function takeSlackEnvelope(ports: IngressPorts, rules: IngressRules): TakeSlackEnvelope {
  const inThreadOrder = orderByThread();
  return async (envelope) => {
    const { type, retry } = envelope;
    const event = readSlackEvent(envelope.body, rules.botUser);
    if (event.kind === 'ignored') {
      ports.log[event.reason === 'unreadable' ? 'warn' : 'debug'](
        { type, retry, reason: event.reason },
        'slack event ignored',
      );
      return envelope.acknowledge();
    }
    const { channel, threadTs } = originOf(event).thread;
    const afterwards = await inThreadOrder(`${channel}:${threadTs}`, () => takeRequest(event, ports, rules));
    await envelope.acknowledge();
    // Nobody waits for it: Slack has its acknowledgement, and saying it again is not worth a failure.
    void sayAfterwards(afterwards, ports);
  };
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
  const { answer, whisper } = await appendEntry(route, ports, rules.maxBacklog);
  const { user, payload } = route.request;
  log.info(
    { user, session: payload.session, entry: answer.entryId, verdict: answer.verdict, hint: answer.hint.kind },
    'slack event taken',
  );
  await wakeRunner(ports.launches, { user, hint: answer.hint }, log);
  // A duplicate has been shown already.
  if (answer.verdict !== 'queued') return { whisper };
  if (payload.type === 'stop' && answer.hint.kind !== 'none') {
    return { whisper: { thread: route.thread, user: payload.author, text: STOP_NOTED } };
  }
  if (payload.type !== 'prompt') return { whisper };
  return { receipt: { thread: route.thread, prompt: payload, hint: answer.hint } };
}

async function sayAfterwards({ whisper, receipt }: Afterwards, ports: IngressPorts): Promise<void> {
  if (receipt !== undefined) await showReceipt(ports.status, receipt, ports.log);
  if (whisper === undefined) return;
  try {
    await ports.replies.whisper(whisper.thread, whisper.user, whisper.text);
  } catch (error) {
    ports.log.warn({ err: error, user: whisper.user }, 'whisper not said');
  }
}

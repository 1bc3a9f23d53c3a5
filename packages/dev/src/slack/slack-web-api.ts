// Answers one call of Slack's Web API: fault, token, arguments, method, answer, each held to Slack's description.
import { setTimeout as sleep } from 'node:timers/promises';
import { CallArguments } from './call-arguments.ts';
import type { Fault, Faults } from './faults.ts';
import { chatMethods } from './methods/chat-methods.ts';
import { conversationMethods } from './methods/conversation-methods.ts';
import { fileMethods } from './methods/file-methods.ts';
import { lookupMethods } from './methods/lookup-methods.ts';
import { SlackRefusal } from './methods/method-call.ts';
import type { MethodCall, MethodHandlers } from './methods/method-call.ts';
import { reactionMethods } from './methods/reaction-methods.ts';
import { sessionMethods } from './methods/session-methods.ts';
import type { SlackRecord } from './slack-record.ts';
import type { SlackShapes } from './slack-shapes.ts';
import type { Violation } from './workspace-objects.ts';

const METHODS: MethodHandlers = {
  ...lookupMethods,
  ...chatMethods,
  ...conversationMethods,
  ...reactionMethods,
  ...sessionMethods,
  ...fileMethods,
};

export type ReportViolation = (violation: Omit<Violation, 'at'>) => void;
type Answer = Record<string, unknown>;
/** `cut` is a connection that ends without an answer. */
export type ApiOutcome = 'cut' | { status: number; body: Answer; headers: Record<string, string> };

export type SlackWebApiParts = Omit<MethodCall, 'args'> & {
  appToken: string;
  botToken: string;
  faults: Faults;
  record: SlackRecord;
  shapes: SlackShapes;
  report: ReportViolation;
};

export class SlackWebApi {
  readonly #parts: SlackWebApiParts;

  constructor(parts: SlackWebApiParts) {
    this.#parts = parts;
  }

  /** `form` is the body's fields as text, `bearer` the token of the header, which counts as the argument `token`. */
  async call(method: string, form: Record<string, string>, bearer: string | undefined): Promise<ApiOutcome> {
    const { token, ...told } = form;
    const recorded = this.#parts.record.addCall({ method, args: told, at: Date.now() });
    const fault = this.#parts.faults.take(method);
    if (fault !== undefined) recorded.fault = fault;
    if (fault?.kind === 'delay') await sleep(fault.ms);
    if (fault?.kind === 'refused-before') return 'cut';
    const outcome = outcomeOf(fault) ?? { status: 200, headers: {}, body: this.#answer(method, told, bearer ?? token) };
    this.#checkAnswer(method, outcome);
    recorded.status = outcome.status;
    recorded.answer = outcome.body;
    return fault?.kind === 'lost-response' ? 'cut' : outcome;
  }

  #answer(method: string, form: Record<string, string>, token: string | undefined): Answer {
    const handle = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (handle === undefined) {
      this.#parts.report({
        kind: 'arguments',
        subject: method,
        faults: ['the stand-in has no such method'],
        value: form,
      });
      return { ok: false, error: 'unknown_method', req_method: method };
    }
    const refused = this.#judgeToken(method, token);
    if (refused !== undefined) return { ok: false, error: refused };
    const { args, faults } = this.#parts.shapes.readArguments(method, { ...form, token: token ?? '' });
    if (faults.length > 0) return this.#refuse(method, 'invalid_arguments', { faults, value: form });
    try {
      return { ...handle({ ...this.#parts, args: new CallArguments(args) }) };
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      return this.#refuse(method, error.message, { faults: error.faults, value: form });
    }
  }

  #judgeToken(method: string, token: string | undefined): string | undefined {
    const { appToken, botToken } = this.#parts;
    const [wanted, other] = method === 'apps.connections.open' ? [appToken, botToken] : [botToken, appToken];
    if (token === wanted) return undefined;
    if (token === undefined || token === '') return 'not_authed';
    return token === other ? 'not_allowed_token_type' : 'invalid_auth';
  }

  #refuse(method: string, error: string, { faults, value }: { faults: string[]; value: unknown }): Answer {
    if (faults.length === 0) return { ok: false, error };
    this.#parts.report({ kind: 'arguments', subject: method, faults, value });
    return { ok: false, error, response_metadata: { messages: faults.map((fault) => `[ERROR] ${fault}`) } };
  }

  #checkAnswer(method: string, { status, body }: Exclude<ApiOutcome, 'cut'>): void {
    if (status !== 200 || body['error'] === 'unknown_method') return;
    const faults = this.#parts.shapes.checkAnswer(method, body);
    if (faults.length > 0) this.#parts.report({ kind: 'answer', subject: method, faults, value: body });
  }
}

/** The faults that answer in the method's place. */
function outcomeOf(fault: Fault | undefined): Exclude<ApiOutcome, 'cut'> | undefined {
  const refuse = (error: string, status = 200, headers = {}) => ({ status, headers, body: { ok: false, error } });
  switch (fault?.kind) {
    case 'ratelimited':
      return refuse('ratelimited', 429, { 'Retry-After': String(fault.retryAfter) });
    case 'unknown-method':
      return refuse('unknown_method');
    case 'error':
      return refuse(fault.error);
    case 'delay':
    case 'lost-response':
    case 'refused-before':
    case undefined:
      return undefined;
  }
}

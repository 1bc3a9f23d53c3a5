// Stage: one turn, from the counted try to the agent's last word. Nothing is done for an entry before its try is counted.
import { RunnelError, takeStep, type SessionKey } from '@runnel/shared';
import type { FailureReason, SessionDirectory, StopReason, TurnRequest, Usage } from '../agent/agent-provider.ts';
import type { TakenFile } from '../attached/file-source.ts';
import { takeFiles } from '../attached/take-files.ts';
import { lostLease } from '../lease/hold-lease.ts';
import { AgentWords } from '../progress/agent-words.ts';
import { tellDecision } from '../progress/ask-words.ts';
import { sayMissing, titleOfMessage } from '../progress/file-words.ts';
import { sayHandedOn, spoken, withLine, withNotices } from '../progress/spoken-words.ts';
import type { TurnStarted } from '../progress/turn-events.ts';
import { sayUsage } from '../progress/usage-words.ts';
import { sayNoRepository, sayPrepared } from '../progress/work-words.ts';
import { homeIn } from '../session/session-directory.ts';
import { answerWord } from '../words/answer-word.ts';
import { hasBegun } from '../words/has-begun.ts';
import { beginTurn } from './begin-turn.ts';
import { checkpointMeanwhile } from './checkpoint-meanwhile.ts';
import { addToConversation, readConversation } from './conversation-record.ts';
import { isDeadLetter } from './decide-try.ts';
import { finishWork } from './finish-work.ts';
import { relayText } from './relay-text.ts';
import { setUp } from './repository-commands.ts';
import { wordIn } from './steer-turn.ts';
import type { ChosenAgent } from './thread-agents.ts';
import type { Prompt, TurnParts } from './turn-parts.ts';
import { wordOf } from './word-of.ts';

export type TurnOutcome =
  /** The entry is not in the inbox any more. */
  | { readonly kind: 'gone' }
  /** It ended its runner too often. */
  | { readonly kind: 'dead' }
  | ({ readonly kind: 'finished' } & FinishedTurn);

/** `range` are the commits of its work, where that was pushed; `usage` stands in its answer and in the trace. */
export type FinishedTurn = {
  readonly stopReason: StopReason;
  readonly reply: string;
  readonly range?: string;
  readonly usage?: Usage;
  readonly reason?: FailureReason;
};

export type Turn = { readonly prompt: Prompt; readonly ask: TurnRequest['ask'] };

/** Aborting the signal cancels the turn; it is over when this resolves. */
export async function runTurn(parts: TurnParts, turn: Turn, cancel: AbortSignal): Promise<TurnOutcome> {
  const { lease } = parts;
  const { prompt } = turn;
  const facts = { ...lease.holder, session: prompt.session, identities: [prompt.identity] };
  const begun = await beginTurn(parts, prompt);
  if (begun.kind === 'lost') return lease.lose(lostLease('A turn could not begin: somebody else holds the lease.'));
  if (begun.kind === 'gone') return { kind: 'gone' };
  if (isDeadLetter(begun.n)) return { kind: 'dead' };
  const about = { session: prompt.session, turn: prompt.identity };
  const restoring = parts.files.needsRestore(prompt.session);
  const word = wordOf(prompt);
  const title = titleOfMessage(parts.decode(prompt.text), prompt.fileNames);
  const started: TurnStarted = { ts: prompt.ts, title, try: begun.n, restoring };
  parts.tell({ type: 'turn.started', ...about, data: started });
  if (word === undefined) noteTitle(parts, prompt.session, title);
  try {
    if (word !== undefined) {
      const reply = await answerWord(parts, { word, turn }, cancel);
      return { kind: 'finished', stopReason: 'end_turn', reply };
    }
    const { directory, notices } = await takeStep('restore', facts, () =>
      parts.files.bringBack(prompt.session, cancel),
    );
    if (restoring) parts.tell({ type: 'session.restored', ...about, data: { notices } });
    const prepared = await parts.workspaces?.prepare(prompt.session, directory, {
      signal: AbortSignal.any([parts.over, cancel]),
      wanted: parts.agents.chosenIn(prompt.session),
    });
    const own = { ...about, directory: withHome(parts, prompt, directory), isRepeated: begun.n > 1 };
    const attached = await takeFiles(parts, { prompt, directory }, cancel);
    const setup = own.directory.home === undefined ? [] : await setUp(parts, own, cancel);
    const agent = await parts.agents.choose(prompt.session, checkoutOf(own.directory));
    const history = await readConversation(directory.state);
    const startedAt = performance.now();
    const ran = await takeStep('run', facts, () =>
      runAgent(parts, { ...turn, ...own, attached, agent, history }, cancel),
    );
    const took = sayUsage(ran.usage, performance.now() - startedAt);
    const finished = await finishWork(parts, { prompt, own, finished: ran }, cancel);
    const missing = [sayMissing(attached)].filter((line) => line !== undefined);
    const handed = sayHandedOn(agent.provider, history, ran.stopReason);
    const said = [...notices, ...sayPrepared(prepared ?? 'ready'), ...missing, ...setup, ...handed];
    return { kind: 'finished', ...finished, reply: withLine(withNotices(finished.reply, said), took) };
  } catch (reason) {
    parts.over.throwIfAborted();
    if (cancel.aborted) return { kind: 'finished', stopReason: 'canceled', reply: '' };
    const error = RunnelError.from(reason);
    parts.log.error({ err: error, turn: prompt.identity }, 'session could not be brought back');
    return { kind: 'finished', stopReason: 'failed', reply: sayNotBrought(parts, prompt, error) };
  }
}

const OF_THE_FORGE = new Set(['repository_unknown', 'repository_refused', 'branch_unknown', 'forge_unavailable']);

function sayNotBrought({ agents }: TurnParts, { session }: Prompt, error: RunnelError): string {
  if (!OF_THE_FORGE.has(error.code)) return spoken.notRestored(error.code);
  const { repository, branch } = agents.chosenIn(session);
  return sayNoRepository(error, repository !== undefined || branch !== undefined);
}

/** A thread is called by what it was begun with. */
function noteTitle(parts: TurnParts, session: SessionKey, title: string): void {
  if (!hasBegun(parts, session)) parts.titles.set(session, title);
}

type AgentWork = Turn & {
  readonly directory: TurnRequest['directory'];
  readonly isRepeated: boolean;
  readonly attached: readonly TakenFile[];
  readonly agent: ChosenAgent;
  readonly history: TurnRequest['history'];
};

/** What was said is kept for whoever goes on, beside the agent's own memory of it. */
async function runAgent(parts: TurnParts, work: AgentWork, cancel: AbortSignal): Promise<FinishedTurn> {
  if (cancel.aborted) return { stopReason: 'canceled', reply: '' };
  const { directory, agent, prompt } = work;
  const text = textOf(parts, agent, prompt);
  const finished = await startAgent(parts, { ...work, text }, cancel);
  // What is kept is said again.
  if (finished.reply !== '' && finished.reason !== 'credential') {
    const hasFailed = finished.stopReason === 'failed' ? true : undefined;
    const said = { agent: agent.provider.name, asked: text, answered: finished.reply, hasFailed };
    // It must not cost the answer.
    await addToConversation(directory.state, said).catch((error: unknown) =>
      parts.log.error({ err: error, turn: prompt.identity }, 'conversation not recorded'),
    );
  }
  return finished;
}

async function startAgent(
  parts: TurnParts,
  { prompt, ask, directory, isRepeated, attached, agent, history, text }: AgentWork & Pick<TurnRequest, 'text'>,
  cancel: AbortSignal,
): Promise<FinishedTurn> {
  const endCheckpoints = checkpointMeanwhile(parts, prompt);
  using relay = relayText({ session: prompt.session, turn: prompt.identity }, parts.tell);
  const words = new AgentWords();
  const events = agent.provider.startTurn(
    {
      session: prompt.session,
      turn: prompt.identity,
      text,
      history,
      model: agent.model,
      files: attached,
      // A drain is no try; whoever was killed may not have saved anything.
      wasInterrupted: isRepeated || parts.manifest.session(prompt.session)?.underWay === prompt.identity,
      directory,
      policy: parts.policy,
      ask,
      onProcessGroup: (groupId) => parts.lease.watchGroup(groupId),
    },
    cancel,
  );
  try {
    for await (const event of events) {
      if (event.type === 'finished') return saySomething(event);
      relay.add(words.of(event));
    }
    return { stopReason: 'failed', reply: spoken.noAnswer };
  } catch (reason) {
    // The port promises that this does not happen; a failure is never a silent success all the same.
    parts.log.error({ err: reason, turn: prompt.identity }, 'provider failed');
    return { stopReason: 'failed', reply: spoken.noAnswer };
  } finally {
    await endCheckpoints();
  }
}

/** In a checkout everything counts as a change: what programs keep in a home must lie elsewhere. */
function withHome({ workspaces }: TurnParts, { session }: Prompt, directory: SessionDirectory): SessionDirectory {
  return workspaces?.record(session) === undefined ? directory : { ...directory, home: homeIn(directory.state) };
}

/** Only there is a repository. */
function checkoutOf({ files, home }: SessionDirectory): string | undefined {
  return home === undefined ? undefined : files;
}

/** A turn that goes on says first what was decided. */
function textOf({ decode }: TurnParts, { provider }: ChosenAgent, { text, resumes }: Prompt): string {
  // It was a word to a turn that was over by then.
  if (resumes === undefined) return decode((provider.steer && wordIn(text)) ?? text);
  const { asked, decision } = resumes;
  return tellDecision(asked.ask, decision, decode(asked.prompt.text));
}

/** An answer without words would be covered as one that was meant to be silent. */
function saySomething<T extends { stopReason: StopReason; reply: string }>(finished: T): T {
  const isSilent = finished.reply.trim() === '' && finished.stopReason !== 'canceled';
  return isSilent ? { ...finished, reply: spoken.noAnswer } : finished;
}

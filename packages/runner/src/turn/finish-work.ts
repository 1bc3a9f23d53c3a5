// Stage: what a turn changed is committed and pushed, and said below its answer. It never costs the answer.
import { RunnelError } from '@runnel/shared';
import { titleOfMessage } from '../progress/file-words.ts';
import { sayNotCommitted, sayWork } from '../progress/work-words.ts';
import type { WorkEnd } from '../workspace/workspaces.ts';
import { check, type OwnTurn } from './repository-commands.ts';
import type { FinishedTurn } from './run-turn.ts';
import type { Prompt, TurnParts } from './turn-parts.ts';

/** A canceled turn is left as it is, and so is one whose message is kept: the next one commits what it left. */
export async function finishWork(
  parts: TurnParts,
  { prompt, own, finished }: { readonly prompt: Prompt; readonly own: OwnTurn; readonly finished: FinishedTurn },
  cancel: AbortSignal,
): Promise<FinishedTurn> {
  const goesOn = finished.stopReason === 'canceled' || finished.reason === 'credential';
  if (parts.workspaces === undefined || goesOn) return finished;
  const { session } = prompt;
  const turn = {
    session,
    title: titleOfMessage(parts.decode(prompt.text), prompt.fileNames),
    reply: finished.reply,
    agent: parts.agents.nameOf(session),
  };
  const signal = AbortSignal.any([parts.over, cancel]);
  try {
    const work = await parts.workspaces.finish(turn, signal);
    if (work === undefined) return finished;
    const hasChanged = work.kind === 'done' && work.changes.files > 0;
    const checked = hasChanged ? await check(parts, own, signal) : undefined;
    const said = [below(finished.reply, sayWork(work)), checked].filter((part) => part !== undefined).join('\n\n');
    return { ...finished, reply: said, ...rangeOf(work) };
  } catch (reason) {
    parts.over.throwIfAborted();
    const error = RunnelError.from(reason);
    parts.log.error({ err: error, session }, 'work could not be committed');
    return { ...finished, reply: below(finished.reply, sayNotCommitted(error)) };
  }
}

function rangeOf(work: WorkEnd): { range?: string } {
  return work.kind === 'done' && work.pushed.kind === 'pushed' ? { range: `${work.before}..${work.head}` } : {};
}

function below(reply: string, line: string): string {
  return [reply, `_${line}_`].filter((part) => part !== '').join('\n\n');
}

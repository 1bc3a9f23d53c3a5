// Stage: `forget me`. It is asked first. What was confirmed is in the manifest before anything else is done, and the one who does it is
// the next runner, before it begins anything: by then no turn of this one is left that could write something back.
import { once } from 'node:events';
import type { Ask } from '../agent/agent-provider.ts';
import type { Turn } from '../turn/run-turn.ts';
import type { TurnParts } from '../turn/turn-parts.ts';

type ForgettingParts = Pick<TurnParts, 'agents' | 'manifest' | 'handOver'>;

const DELETE = 'Delete everything';

/** Word for word the same: so it is asked once, however often its runner ends. */
const question: Ask = {
  kind: 'question',
  text: 'Shall I delete all that I keep of you: the files of all your threads, what was said in them, and what you chose? It cannot be taken back. What runs or waits in another thread is run afterwards, in a thread that begins afresh: stop it first if you do not want that.',
  choices: [DELETE, 'Keep it'],
};

const done =
  'All that I kept of you is deleted: the files of your threads, what was said in them, and what you chose. What stays is not mine to delete: what stands here in Slack, and branches that were pushed, in the repository whose they are; they begin with `runnel/`.';

/** Resolves to what the person is told; rejects when the turn is over before. */
export async function forgetPerson(
  parts: ForgettingParts,
  { prompt, ask }: Turn,
  cancel: AbortSignal,
): Promise<string> {
  const { manifest, agents } = parts;
  const { session, message } = prompt;
  const { forgetting, forgotten } = manifest.session(session) ?? {};
  if (forgotten === message) return done;
  if (forgetting !== message) {
    const decision = await ask(question);
    if (decision.kind !== 'answer' || decision.text !== DELETE) return 'Nothing was deleted.';
    cancel.throwIfAborted();
    await manifest.write(session, (record) => ({
      provider: agents.nameOf(session),
      covered: [],
      ...record,
      forgetting: message,
      updatedAt: Date.now(),
    }));
  }
  parts.handOver();
  if (!cancel.aborted) await once(cancel, 'abort');
  throw cancel.reason;
}

// Words that a person can say to Runnel itself. They need no runner: ingress answers them.
import { inCode, titleOf, type Entry, type Lease, type SessionKey } from '@runnel/shared';
import { decodeSlackText } from '@runnel/shared/slack';

const MOST_NAMED = 5;

export const help = [
  'Write what you want done. Each thread is a piece of work of its own, with files of its own; it sleeps when you are quiet and goes on when you write.',
  [
    '- A message that comes while I work waits for its turn; `!` in front of it sends it into the work that runs, where the agent can hear it.',
    '- Edit or delete a message that waits, and it is changed or taken back.',
    '- `stop`, or the button, stops the work. What waits then is held until you choose.',
    '- A message in a thread that begins with `aside`, or with a mention of somebody else, is not for me.',
    '- Where no agent is set up, a message is run as a command, in a shell of your own.',
    '- `agent` says who works in a thread, `agent codex` or `model NAME` changes it; as the first message of a thread, for those that you begin from then on too.',
    '- `repo owner/name` and `branch NAME`, before anything else in a thread, say where it works, and those that you begin from then on.',
    '- `new` forgets what was said in its thread; the files stay.',
    '- `stay 30m` keeps your runner awake that long, `stay 0m` lets it sleep again.',
    '- `forget me` deletes all that is kept of you, once you said yes.',
    '- `sessions` lists your threads. `status` says what your runner is doing; `help` says this.',
    '- `/runnel`, with a request or any of these words behind it, is for anywhere: it goes on in a thread of our direct messages. `/runnel stop` stops the work in all your threads; what `/runnel status`, `help` and `stay` answer, only you see.',
  ].join('\n'),
].join('\n\n');

export function sayStay(ms: number): string {
  if (ms === 0) return 'Your runner goes to sleep when you are quiet, as always.';
  return `While you are quiet your runner stays awake for ${minutes(ms)}; \`stay 0m\` takes it back.`;
}

export type RunnerStatus = { readonly lease: Lease; readonly keptAwakeMs: number };

/** `entries` are what waits for the person's runner, or is under way. Only those of `here` are named, where it is given. */
export function sayStatus(runner: RunnerStatus, entries: readonly Entry[], here?: SessionKey): string {
  const messages = entries.flatMap(({ payload }) => (payload.type === 'prompt' ? [payload] : []));
  const named = messages
    .filter(({ session }) => here === undefined || session === here)
    .slice(0, MOST_NAMED)
    .map(({ text, fileNames }) => `- ${inCode(titleOf(text === '' ? fileNames.join(', ') : decodeSlackText(text)))}`);
  const unnamed = messages.length - named.length;
  const more = unnamed === 0 ? [] : [`- ${named.length === 0 ? '' : 'and '}${unnamed} more`];
  const stays =
    isAwake(runner.lease) && runner.keptAwakeMs > 0 ? `It stays awake for another ${minutes(runner.keptAwakeMs)}.` : '';
  return [sayRunner(runner.lease, messages.length), [...named, ...more].join('\n'), stays]
    .filter((part) => part !== '')
    .join('\n\n');
}

function sayRunner(lease: Lease, count: number): string {
  const { state, failures, notBefore, now } = lease;
  const todo = count === 0 ? '' : ` and has ${count === 1 ? 'this' : `these ${count}`} to do:`;
  if (isAwake(lease)) return `Your runner is awake${todo || ' and has nothing to do.'}`;
  if (notBefore > now) {
    const seconds = Math.ceil((notBefore - now) / 1_000);
    const times = failures === 1 ? 'once' : `${failures} times in a row`;
    return `Your runner failed ${times}; it is tried again in ${seconds} s${todo || '.'}`;
  }
  if (count > 0 || state === 'launching') return `Your runner is on its way${todo || '.'}`;
  return 'Your runner sleeps. Write, and it wakes where you left off.';
}

function isAwake({ state, deadline, now }: Lease): boolean {
  return state === 'running' && deadline >= now;
}

function minutes(ms: number): string {
  const count = Math.ceil(ms / 60_000);
  return count === 1 ? 'a minute' : `${count} minutes`;
}

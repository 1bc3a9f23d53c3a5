// Why a turn of OpenCode failed, in a sentence for the person.
import type { AgentEvent } from './agent-provider.ts';
import { keyFailures } from './key-failures.ts';
import type { OpencodeEvents } from './opencode-events.ts';

type Why = Pick<Extract<AgentEvent, { type: 'finished' }>, 'reply' | 'reason'>;

const [NO_KEY, REFUSED_KEY] = keyFailures('OpenCode', 'ANTHROPIC_API_KEY');
export const opencodeHasNoKey = NO_KEY;

/** Undefined where it did not. */
export function whyOpencodeFailed({ failure, isStuck }: OpencodeEvents): Why | undefined {
  if (isStuck) {
    const reply = opencodeFailed(
      'its model answers with nothing, or breaks off, again and again. Whoever runs Runnel should look at ANTHROPIC_BASE_URL: what answers there may be no model.',
    );
    return { reply };
  }
  if (failure === undefined) return undefined;
  if (failure.name === 'ProviderAuthError' || ('statusCode' in failure.data && failure.data.statusCode === 401)) {
    return REFUSED_KEY;
  }
  const { message } = failure.data;
  // Of some failures it shows where in its own program they were found.
  return {
    reply: opencodeFailed(typeof message === 'string' ? (message.split(/\n\s+at /, 1)[0] ?? '') : failure.name),
  };
}

export function opencodeFailed(why: string): string {
  return `OpenCode could not finish this: ${why.trim() === '' ? 'it did not say why.' : why.trim()}`;
}

export function opencodeWouldRun(place: string): string {
  return `OpenCode was not started: it would run the plugins of this repository (\`${place}\`) without asking, and is told to ask. Take that out of the repository, or have whoever runs Runnel choose another agent.`;
}

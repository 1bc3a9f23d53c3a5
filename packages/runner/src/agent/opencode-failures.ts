// Why a turn of OpenCode failed, in a sentence for the person.
import type { OpencodeEvents } from './opencode-events.ts';

/** Undefined where it did not. */
export function whyOpencodeFailed({ failure, isStuck }: OpencodeEvents): string | undefined {
  if (isStuck) {
    return opencodeFailed(
      'its model answers with nothing, or breaks off, again and again. Whoever runs Runnel should look at ANTHROPIC_BASE_URL: what answers there may be no model.',
    );
  }
  if (failure === undefined) return undefined;
  if (failure.name === 'ProviderAuthError' || ('statusCode' in failure.data && failure.data.statusCode === 401)) {
    return 'OpenCode has no valid key for its model: whoever runs Runnel must set `ANTHROPIC_API_KEY`.';
  }
  const { message } = failure.data;
  // Of some failures it shows where in its own program they were found.
  return opencodeFailed(typeof message === 'string' ? (message.split(/\n\s+at /, 1)[0] ?? '') : failure.name);
}

export function opencodeFailed(why: string): string {
  return `OpenCode could not finish this: ${why.trim() === '' ? 'it did not say why.' : why.trim()}`;
}

export function opencodeWouldRun(place: string): string {
  return `OpenCode was not started: it would run the plugins of this repository (\`${place}\`) without asking, and is told to ask. Take that out of the repository, or have whoever runs Runnel choose another agent.`;
}

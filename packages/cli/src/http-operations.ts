// ADAPTER: asks a launcher over HTTP.
import { retryable, RunnelError } from '@runnel/shared';
import { z } from 'zod';
import type { OpenOperations } from './operations.ts';

/** The launcher itself gives up on each of its sources after 5 s, and asks them in two rounds. */
const ANSWER_WITHIN_MS = 20_000;

const refusalSchema = z.object({ error: z.string() });

export const httpOperations: OpenOperations = ({ url, token }) => {
  const ask = async (path: string): Promise<unknown> => {
    const answer = await fetchFrom(new URL(path, withSlash(url)), token);
    if (answer.ok) return answer.json();
    throw refusal(answer.status, await sentenceOf(answer), url);
  };
  return {
    diagnostics: (name) => ask(`v1/runners/${encodeURIComponent(name)}/diagnostics`),
    runners: () => ask('v1/runners'),
  };
};

async function fetchFrom(address: URL, token: string): Promise<Response> {
  try {
    return await fetch(address, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunnelError(
      'operations_unreachable',
      `No launcher answers at ${address.origin} (${reason}). Its log says where it listens ("launcher listens"): give that as --url or RUNNEL_URL; ` +
        'on a cluster, forward its port first: kubectl -n runnel-system port-forward deployment/runnel-launcher 8080.',
      { retry: retryable(), cause: error },
    );
  }
}

async function sentenceOf(answer: Response): Promise<string | undefined> {
  const parsed = refusalSchema.safeParse(await answer.json().catch(() => undefined));
  return parsed.data?.error;
}

function refusal(status: number, sentence: string | undefined, url: string): RunnelError {
  if (sentence === undefined) {
    const said = `What answers at ${url} (status ${status}) is no launcher: is it the address of another process?`;
    return new RunnelError('operations_unreachable', said);
  }
  if (status === 401) {
    return new RunnelError('operations_refused', 'The launcher has another OPERATIONS_TOKEN than this one.');
  }
  if (status === 403) return new RunnelError('operations_refused', sentence);
  if (status === 404) return new RunnelError('runner_unknown', sentence);
  return new RunnelError('operations_unreachable', sentence, { retry: retryable() });
}

/** So that a path in front of the launcher's own stays. */
function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

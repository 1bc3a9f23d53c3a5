// Stage: whether a process can do its work right now, and if not, what keeps it from it.
import { setTimeout as sleep } from 'node:timers/promises';

/** What is missing, completing "NAME …"; undefined when nothing is. A check that throws, or takes too long, is not answered. */
export type ReadinessCheck = () => string | undefined | Promise<string | undefined>;

export type Readiness = { readonly ready: boolean; readonly notReady: Readonly<Record<string, string>> };

/** A probe gives up soon: it should read what is missing before it does. */
const CHECK_WITHIN_MS = 2_000;

export async function checkReadiness(checks: Readonly<Record<string, ReadinessCheck>>): Promise<Readiness> {
  const found = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await faultOf(check)] as const),
  );
  const notReady = Object.fromEntries(found.filter((one): one is [string, string] => one[1] !== undefined));
  return { ready: Object.keys(notReady).length === 0, notReady };
}

async function faultOf(check: ReadinessCheck): Promise<string | undefined> {
  const late = new AbortController();
  try {
    const tooLate = sleep(CHECK_WITHIN_MS, `does not answer within ${CHECK_WITHIN_MS} ms`, { signal: late.signal });
    return await Promise.race([check(), tooLate]);
  } catch (error) {
    return `does not answer: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    late.abort();
  }
}

// A call to the session store that is not answered in time counts as unanswered, whatever it does later.
import { RunnelError, retryable } from '@runnel/shared';

/** Rejects with `store_unavailable` after `timeoutMs`. */
export async function withinTime<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      late.reject(
        new RunnelError('store_unavailable', `The session store did not answer within ${timeoutMs} ms.`, {
          retry: retryable(),
        }),
      ),
    timeoutMs,
  );
  try {
    return await Promise.race([call, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

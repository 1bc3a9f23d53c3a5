// What went wrong with a call, from whatever the client threw.
import { ApiException } from '@kubernetes/client-node';
import { z } from 'zod';
import type { ApiFault } from './decide-api-outcome.ts';

const statusSchema = z.object({
  reason: z.string().default(''),
  message: z.string().default(''),
  details: z.object({ retryAfterSeconds: z.number().optional() }).optional(),
});

export function readApiFault(error: unknown): ApiFault {
  if (error instanceof ApiException) {
    const { reason, message, details } = readStatus(error.body);
    const seconds = Number(error.headers['retry-after'] ?? details?.retryAfterSeconds);
    const asked = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {};
    return { status: error.code, reason, message: message === '' ? `HTTP ${error.code}` : message, ...asked };
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0;
  return { status, reason: '', message: sayError(error) };
}

/** The client gives the body as text. A proxy on the way may have written anything. */
function readStatus(body: unknown): z.infer<typeof statusSchema> {
  try {
    return statusSchema.parse(typeof body === 'string' ? JSON.parse(body) : body);
  } catch {
    return { reason: '', message: typeof body === 'string' ? body.slice(0, 300) : '' };
  }
}

/** `fetch failed` says nothing: its cause does. */
function sayError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

// Step records as they stand in a trace: read at the edge, put in order, each step once.
import { stepNames, type StepRecord } from '@runnel/shared';
import { z } from 'zod';

const recordSchema = z.object({
  step: z.enum([...stepNames.ingress, ...stepNames.launcher, ...stepNames.runner]),
  at: z.number(),
  ms: z.exactOptional(z.number()),
  process: z.string(),
  place: z.string(),
  generation: z.exactOptional(z.string()),
  owner: z.exactOptional(z.string()),
  session: z.exactOptional(z.string()),
  identities: z.exactOptional(z.array(z.string())),
  source: z.exactOptional(z.string()),
  outcome: z.exactOptional(z.string()),
  why: z.exactOptional(z.string()),
  try: z.exactOptional(z.number()),
  usage: z.exactOptional(
    z.object({ inputTokens: z.number(), outputTokens: z.number(), costUsd: z.exactOptional(z.number()) }),
  ),
});

const entrySchema = z.object({
  all: z.record(z.string(), z.unknown()),
  steps: z.array(z.record(z.string(), z.unknown())),
});

/** `texts` are entries of a trace, each what one process wrote at once; what another version wrote otherwise is left out. */
export function parseStepRecords(texts: readonly string[]): StepRecord[] {
  const steps = new Map<string, StepRecord>();
  for (const record of texts.flatMap(parseEntry)) {
    const { step, at, process, place, identities = [] } = record;
    const key = [step, at, process, place, ...identities].join(' ');
    // The record of the step's end takes the place of the one that was written while it was under way.
    if (steps.get(key)?.ms === undefined) steps.set(key, record);
  }
  return [...steps.values()].toSorted((one, other) => one.at - other.at);
}

function parseEntry(text: string): StepRecord[] {
  const entry = entrySchema.safeParse(JSON.parse(text));
  if (!entry.success) return [];
  return entry.data.steps.flatMap((own) => recordSchema.safeParse({ ...entry.data.all, ...own }).data ?? []);
}

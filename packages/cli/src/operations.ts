// PORT: what a launcher tells operators about runners.
import { z } from 'zod';

const stage = z.object({ stage: z.string(), since: z.number() });

const containerState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('waiting'), reason: z.string().optional(), message: z.string().optional() }),
  z.object({ kind: z.literal('running'), since: z.number().optional() }),
  z.object({
    kind: z.literal('ended'),
    exitCode: z.number().optional(),
    signal: z.number().optional(),
    reason: z.string().optional(),
    message: z.string().optional(),
    at: z.number().optional(),
  }),
]);

const container = z.object({
  name: z.string(),
  state: containerState,
  lastState: containerState.optional(),
  restarts: z.number(),
  ready: z.boolean(),
  image: z.string().optional(),
  imageId: z.string().optional(),
  pid: z.number().optional(),
  memoryBytes: z.number().optional(),
  logLines: z.array(z.string()),
  logFault: z.string().optional(),
});

const pod = z.object({
  uid: z.string(),
  generation: z.string(),
  phase: z.string(),
  createdAt: z.number().optional(),
  node: z.string().optional(),
  end: z.object({ reason: z.string() }).optional(),
  conditions: z.array(
    z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string().optional(),
      message: z.string().optional(),
      since: z.number().optional(),
    }),
  ),
  containers: z.array(container),
  events: z.array(
    z.object({
      at: z.number().optional(),
      type: z.string(),
      reason: z.string(),
      message: z.string(),
      count: z.number(),
    }),
  ),
});

const lease = z.object({
  state: z.string(),
  generation: z.string(),
  owner: z.string(),
  deadline: z.number(),
  failures: z.number(),
  notBefore: z.number(),
  now: z.number(),
});

/** What is not printed is let through: `--json` shows all that the launcher says. */
export const diagnosticsSchema = z.object({
  name: z.string(),
  user: z.string(),
  at: z.number(),
  lease: lease.optional(),
  backlog: z.object({ entries: z.number(), oldestAt: z.number().optional() }).optional(),
  launch: z.array(stage).optional(),
  pod: pod.optional(),
  ended: pod.optional(),
  unknown: z.record(z.string(), z.string()),
});

export const runnersSchema = z.object({
  runners: z.array(
    z.object({
      user: z.string(),
      name: z.string(),
      generation: z.string(),
      uid: z.string(),
      stage: z.string(),
      since: z.number().optional(),
      backlog: z.number(),
    }),
  ),
});

export type Diagnostics = z.infer<typeof diagnosticsSchema>;
export type DiagnosedPod = z.infer<typeof pod>;
export type DiagnosedContainer = z.infer<typeof container>;
export type ContainerState = z.infer<typeof containerState>;
export type RunnerRow = z.infer<typeof runnersSchema>['runners'][number];

/** Each answer as the launcher gave it. Throws `operations_unreachable`, `operations_refused` or `runner_unknown`. */
export type Operations = {
  diagnostics(name: string): Promise<unknown>;
  runners(): Promise<unknown>;
};

export type OpenOperations = (launcher: { readonly url: string; readonly token: string }) => Operations;

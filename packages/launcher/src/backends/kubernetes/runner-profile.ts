// What a runner's pod is given beyond what all have: where it may run, how large it is, what runs beside it.
// A profile has no word for anything that the security of a pod hangs on: what is not listed here is a fault. What an agent may do
// without asking is not that: the pod holds whatever it does.
import { agentPolicies } from '@runnel/shared/process';
import { z } from 'zod';

const label = z.record(z.string(), z.string());
/** As Kubernetes writes them: `500m` or `2` processors, `512Mi` or `2Gi` bytes. */
const cpu = z.string().regex(/^(\d+m|\d+(\.\d+)?)$/, 'must be processors: 500m or 2');
const bytes = z.string().regex(/^[1-9]\d*(Mi|Gi)$/, 'must be a size: 512Mi or 2Gi');
const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and dashes');

const toleration = z.strictObject({
  key: z.string().exactOptional(),
  operator: z.enum(['Exists', 'Equal']).exactOptional(),
  value: z.string().exactOptional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).exactOptional(),
  tolerationSeconds: z.int().min(0).exactOptional(),
});

const resources = z
  .strictObject({
    cpu: cpu.default('500m'),
    cpuLimit: cpu.default('2'),
    /** Request and limit; without it what RUNNER_MEMORY says. */
    memory: bytes.optional(),
    ephemeralStorage: bytes.default('8Gi'),
  })
  .prefault({});

/** Started before the runner and ended with it, as a container of its own under the same restrictions. */
const sidecar = z.strictObject({
  name: name.refine((text) => text !== 'runner', 'is the runner’s own'),
  image: z.string().min(1),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  environment: label.default({}),
  cpu: cpu.default('50m'),
  memory: bytes.default('128Mi'),
});

export const profileSchema = z.strictObject({
  nodeSelector: label.default({}),
  tolerations: z.array(toleration).default([]),
  /** For example `gvisor`: it can only add to the isolation of a pod. */
  runtimeClassName: name.optional(),
  priorityClassName: name.optional(),
  /** Whether an autoscaler may take the machine away from under it. */
  safeToEvict: z.boolean().default(false),
  /** Without it what AGENT_POLICY says. */
  agentPolicy: z.enum(agentPolicies).optional(),
  resources,
  sidecars: z
    .array(sidecar)
    .default([])
    .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'must have different names'),
});

/** Sizes and processors as Kubernetes writes them. */
export type RunnerProfile = z.infer<typeof profileSchema>;

/** What there is without a file. */
export const builtInProfiles: Readonly<Record<string, RunnerProfile>> = { interactive: profileSchema.parse({}) };

/** In bytes; undefined where the profile leaves it to RUNNER_MEMORY. */
export function memoryOf({ resources: { memory } }: RunnerProfile): number | undefined {
  if (memory === undefined) return undefined;
  return Number.parseInt(memory, 10) * 1024 ** (memory.endsWith('Gi') ? 3 : 2);
}

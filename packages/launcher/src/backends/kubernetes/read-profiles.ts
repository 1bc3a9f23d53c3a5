// Reads the file of profiles at start-up; every fault is told at once, with its path in the file.
import { readFile } from 'node:fs/promises';
import { loadYaml } from '@kubernetes/client-node';
import { RunnelError } from '@runnel/shared';
import { z } from 'zod';
import { builtInProfiles, profileSchema, type RunnerProfile } from './runner-profile.ts';

const fileSchema = z.strictObject({ profiles: z.record(z.string(), profileSchema) });

/** The profile of that name. `file` is YAML or JSON with one map `profiles`; empty: the built-in ones. Throws `config_invalid`. */
export async function readProfile(file: string, name: string): Promise<RunnerProfile> {
  const profiles = file === '' ? builtInProfiles : { ...builtInProfiles, ...(await readProfiles(file)) };
  const profile = profiles[name];
  if (profile !== undefined) return profile;
  throw fault([`RUNNER_PROFILE is "${name}", but there is only ${Object.keys(profiles).join(', ')}.`]);
}

async function readProfiles(file: string): Promise<Record<string, RunnerProfile>> {
  const parsed = fileSchema.safeParse(await readYaml(file));
  if (parsed.success) return parsed.data.profiles;
  throw fault(parsed.error.issues.map(({ path, message }) => `${file}: ${path.join('.') || 'the file'}: ${message}`));
}

async function readYaml(file: string): Promise<unknown> {
  try {
    return loadYaml(await readFile(file, 'utf8'));
  } catch (error) {
    throw fault([`${file}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function fault(faults: readonly string[]): RunnelError {
  const lines = faults.map((one) => `  - ${one}`).join('\n');
  return new RunnelError('config_invalid', `The profiles of runners cannot be used:\n${lines}`);
}

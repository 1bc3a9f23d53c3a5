// The programs of the agents, as the project installs them. The first time takes a moment.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type AgentPrograms = { readonly claude: string; readonly opencode: string; readonly codex: string };

export async function findPrograms(): Promise<AgentPrograms> {
  const script = fileURLToPath(new URL('../../scripts/install-agents.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  // oxlint-disable-next-line no-unsafe-type-assertion -- printed by install-agents.mjs
  return JSON.parse(stdout) as AgentPrograms;
}

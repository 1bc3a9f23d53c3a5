// The programs of the agents, as the project installs them. The first time takes a moment.
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export type AgentPrograms = { readonly claude: string; readonly opencode: string; readonly codex: string };

export async function findAgents(): Promise<AgentPrograms> {
  const script = fileURLToPath(new URL('../../scripts/install-agents.mjs', import.meta.url));
  const { stdout } = await execa(process.execPath, [script], { stderr: 'inherit' });
  return JSON.parse(stdout) as AgentPrograms;
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { expect, onTestFinished, test } from 'vitest';
import { agentRegistry } from '../agent/agent-registry.ts';
import { scriptedProvider } from '../agent/scripted-provider.ts';
import { ThreadAgents } from '../turn/thread-agents.ts';
import { SETTINGS_FILE } from '../workspace/repository-settings.ts';
import { isForAgent } from './is-for-agent.ts';

const session: SessionKey = 'T1:D1:1.0';

/** A thread with a checkout, where that can be brought back. */
async function thread(bringBack: (files: string) => Promise<string>) {
  const files = await mkdtemp(join(tmpdir(), 'runnel-checkout-'));
  onTestFinished(() => rm(files, { recursive: true }));
  const agents = agentRegistry({ claude: () => scriptedProvider(), codex: () => scriptedProvider() });
  return {
    agents: new ThreadAgents(agents, { session: () => undefined, chosen: undefined }),
    workspaces: { record: () => ({}) },
    files: { bringBack: async () => ({ directory: { files: await bringBack(files) }, notices: [] }) },
    over: new AbortController().signal,
    log: createLogger('runner', 'silent'),
  } as unknown as Parameters<typeof isForAgent>[0];
}

test('its repository has its say, which takes its checkout', async () => {
  const parts = await thread(async (files) => {
    await writeFile(join(files, SETTINGS_FILE), 'agent: codex\n');
    return files;
  });
  expect([await isForAgent(parts, session, 'codex'), await isForAgent(parts, session, 'claude')]).toEqual([
    true,
    false,
  ]);
});

test('where that cannot be brought back nothing begins, and its runner lives on', async () => {
  const parts = await thread(async () => Promise.reject(new Error('it cannot be unpacked')));
  expect(await isForAgent(parts, session, 'claude')).toBe(false);
});

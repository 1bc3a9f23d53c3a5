// A runner's image with an agent in it, locked down as a cluster runs it: a turn of the real program, on a model that follows a script.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { callTool, runCommand, startScriptedModel } from '../agents/scripted-model.ts';
import { openRunnerStage } from '../runner/start-runner.ts';
import { startRunnerContainer } from './start-runner-container.ts';
import { findTestImages, type TestImages } from './test-images.ts';

let images: TestImages;
beforeAll(async () => {
  images = await findTestImages();
}, 1_200_000);

const KEY = 'key-of-the-model';
// One stream: of two nobody knows in which order an agent reads them.
const look = 'exec 2>&1; id -u; touch /app/x; git init -q . && echo fine';

/** What each is told of its model, which listens at `url`, and how it calls its shell. */
const agents = {
  claude: {
    settings: (url: string) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: KEY }),
    call: runCommand(look),
  },
  opencode: {
    settings: (url: string) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: KEY,
      OPENCODE_MODEL: 'anthropic/claude-sonnet-4-5',
    }),
    call: runCommand(look, '', 'bash'),
  },
  codex: {
    settings: (url: string) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: KEY, CODEX_MODEL: 'scripted' }),
    call: callTool('exec_command', { cmd: look, yield_time_ms: 30_000 }),
  },
};

test.each(Object.entries(agents))(
  'a turn of %s, whose program is found without being named',
  { timeout: 1_200_000 },
  async (agent, { settings, call }) => {
    const image = await images.buildAgent(agent);
    const model = await startScriptedModel(({ results: [said] }) => (said === undefined ? call : { content: said }));
    const stage = await openRunnerStage({
      startRunner: (_owner, env, folder) => startRunnerContainer(images, { env, folder, image, memory: '1g' }),
    });
    const thread = await stage.say('look around');
    await stage.start({ AGENT_PROVIDER: agent, ...settings(model.url) });
    await stage.answered(thread, [/10001[^]*Read-only[^]*fine/], 180_000);
    const [config] = JSON.parse(await images.podman('image', 'inspect', image)) as { Labels: Record<string, string> }[];
    expect(config?.Labels).toMatchObject({ 'dev.runnel.agent': agent });
  },
);

test('a program with a screen, in the image that the documentation makes for it', { timeout: 600_000 }, async () => {
  const stage = await openRunnerStage({
    startRunner: async (_owner, env, folder) =>
      startRunnerContainer(images, { env, folder, image: await buildDocumented(folder) }),
  });
  const thread = await stage.say('import os; print(os.getuid(), 6 * 7)');
  await stage.start({ AGENT_PROVIDER: 'terminal', TERMINAL_COMMAND: 'python3 -q', TERMINAL_READY: '^>>> $' });
  await stage.answered(thread, [/10001 42/], 180_000);
});

/** The Dockerfile of docs/agents.md, on top of the runner's image of this very source. */
async function buildDocumented(folder: string): Promise<string> {
  const page = await readFile(fileURLToPath(new URL('../../docs/agents.md', import.meta.url)), 'utf8');
  const [, dockerfile = ''] = /```dockerfile\n([^]*?)```/.exec(page) ?? [];
  const ours = dockerfile.replace('localhost/runnel/runner:dev', images.id('runner'));
  await writeFile(join(folder, 'Dockerfile'), ours);
  const built = await images.podman('build', '--network=host', '--quiet', folder);
  return built.split('\n').at(-1) ?? '';
}

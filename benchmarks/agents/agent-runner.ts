// A person whose runner has one agent: from a message, while it sleeps and while it is awake, to the first words of the agent as an event.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSlackStandIn } from '@runnel/dev';
import type { SessionKey, UserKey } from '@runnel/shared';
import { endMarked, findMarked } from '@runnel/shared/process';
import { openWorld } from '../world.ts';
import { PROMPT } from './measured-agents.ts';
import { followPerson } from './person-events.ts';
import { weigh, type Memory } from './process-memory.ts';
import { WORD, type ScriptedModel } from './scripted-model.ts';
import { SETTLE_MS, type Measured } from './start-bare.ts';

export type MeasuredTurn = Measured & {
  /** The runner by itself. */
  readonly runner: Memory;
  /** By the checkpoint behind it, in bytes. */
  readonly uploaded: number;
};

export type AgentRunner = AsyncDisposable & {
  /** A message in a new thread; starts the runner where none lives. The turn is stopped afterwards. */
  readonly say: () => Promise<MeasuredTurn>;
  /** The runner saves and goes. */
  readonly sleep: () => Promise<void>;
};

type Options = { readonly main: string; readonly settings: NodeJS.ProcessEnv; readonly model: ScriptedModel };

const PERSON = 'U0ADA';
const USER: UserKey = `T0LOCAL:${PERSON}`;
const CHANNEL = 'D0ADA';
const BOT_TOKEN = 'xoxb-bench';

export async function openAgentRunner({ main, settings, model }: Options): Promise<AgentRunner> {
  const world = await openWorld();
  const delivery = world.deliveryOn(world.connect());
  const slack = await startSlackStandIn({ appToken: 'xapp-bench', botToken: BOT_TOKEN });
  const folder = await mkdtemp(join(tmpdir(), 'runnel-bench-'));
  const events = followPerson(world, USER);
  const environment = {
    PATH: process.env['PATH'],
    REDIS_URL: world.url,
    SLACK_API_URL: slack.url,
    SLACK_BOT_TOKEN: BOT_TOKEN,
    ALLOWED_USERS: PERSON,
    RUNNER_USER_KEY: USER,
    RUNNER_HOME: join(folder, 'home'),
    STATE_DIR: join(folder, 'state'),
    // As the launcher's backend of processes does.
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    ...settings,
  };
  let runner: RunnerProcess | undefined;
  return {
    async say() {
      const { ts } = slack.workspace.postAs(PERSON, { channel: CHANNEL, text: PROMPT });
      const session: SessionKey = `T0LOCAL:${CHANNEL}:${ts}`;
      const about = { v: 1 as const, session, author: PERSON, at: Date.now() };
      const payload = { ...about, type: 'prompt' as const, ts, text: PROMPT, fileNames: [] };
      const from = performance.now();
      const { hint } = await delivery.enqueue({ user: USER, identity: ts, payload });
      if (hint.kind === 'wake') runner = startRunner(main, { ...environment, RUNNER_GENERATION: hint.generation });
      const { at } = await events.until(session, ({ type, data }) => type === 'agent.text' && isFirstWord(data));
      await sleep(SETTLE_MS);
      const memory = await weighBoth(runner);
      await delivery.enqueue({ user: USER, identity: `stop-${ts}`, payload: { ...about, type: 'stop' } });
      const saved = await events.until(session, ({ type }) => type === 'session.checkpointed');
      await events.until(session, ({ type }) => type === 'turn.finished');
      const uploaded = Number(saved.envelope.data['bytes']);
      return { asked: model.askedSince(from) - from, words: at - from, ...memory, uploaded };
    },
    async sleep() {
      runner?.child.kill('SIGTERM');
      await runner?.exited;
    },
    async [Symbol.asyncDispose]() {
      if (runner !== undefined) await endMarked('RUNNEL_POD', runner.owner);
      await events[Symbol.asyncDispose]();
      await slack.close();
      await world[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type RunnerProcess = { readonly owner: string; readonly child: ChildProcess; readonly exited: Promise<unknown> };

function startRunner(main: string, env: NodeJS.ProcessEnv): RunnerProcess {
  const owner = `benchmark-${process.pid}-${env['RUNNER_GENERATION']}`;
  const child = spawn(process.execPath, ['--max-semi-space-size=1', main], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...env, RUNNER_OWNER: owner, RUNNEL_POD: owner },
  });
  // What it started notices that, and goes.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  return { owner, child, exited: once(child, 'exit') };
}

function isFirstWord(data: Readonly<Record<string, unknown>>): boolean {
  return String(data['text']).includes(WORD);
}

/** The runner, and what it has started. */
async function weighBoth(runner: RunnerProcess | undefined): Promise<{ runner: Memory; agent: Memory }> {
  const pids = await findMarked('RUNNEL_POD', runner?.owner ?? '');
  const own = runner?.child.pid ?? 0;
  return { runner: weigh([own]), agent: weigh(pids.filter((pid) => pid !== own)) };
}

import { readdirSync, readFileSync } from 'node:fs';
// A person's story through real processes: a local fleet at a tenth of its durations, and people who write to it.
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLocalFleet, Workspace, type LocalFleet, type WorkspaceMessage } from '@runnel/dev';
import { expect } from 'vitest';

/** A tenth of the defaults, nested as they are. */
const TENTH = {
  LEASE_DURATION: '3s',
  LEASE_MARGIN: '500ms',
  CALL_TIMEOUT: '1500ms',
  SWEEP_INTERVAL: '300ms',
  RECONCILE_INTERVAL: '3s',
  INBOX_TICK: '500ms',
  LAUNCH_BACKOFF: '500ms',
  JOB_LOCK: '1s',
  STALLED_CHECK: '500ms',
  RUNNER_DRAIN: '3s',
  POD_GRACE: '5s',
};

export type StoryOptions = {
  /** Settings besides a tenth of the durations. */
  readonly settings?: NodeJS.ProcessEnv;
  /** How many people the workspace has. */
  readonly people?: number;
  readonly ingresses?: number;
  readonly launchers?: number;
  /** A Redis of the test's own, which it may stop and start. */
  readonly redisUrl?: string;
};

export type Place = { readonly channel: string; readonly threadTs: string };

export type Person = {
  readonly id: string;
  readonly userKey: `${string}:${string}`;
  readonly dm: string;
  /** Writes and returns the thread: a new one without `in`. */
  say(text: string, where?: { in?: Place; channel?: string }): Place & { readonly ts: string };
};

export type Story = AsyncDisposable & {
  readonly fleet: LocalFleet;
  readonly folder: string;
  readonly people: readonly Person[];
  person(index: number): Person;
  /** All that the bot has said in a thread, cards and ephemeral notes left out. */
  said(place: Place): string[];
  /** Final answers only, as the text they show. */
  answers(place: Place): string[];
  /** Waits for that many final answers and returns them. */
  answered(place: Place, count?: number, withinMs?: number): Promise<string[]>;
  /** Waits until a line of the bot in the thread matches. */
  told(place: Place, pattern: RegExp, withinMs?: number): Promise<string>;
  messages(place: Place): WorkspaceMessage[];
};

export async function startStory(options: StoryOptions = {}): Promise<Story> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-story-'));
  const paths = {
    redis: join(folder, 'redis'),
    state: join(folder, 'state'),
    pods: join(folder, 'pods'),
    logs: join(folder, 'logs'),
  };
  for (const path of Object.values(paths)) await mkdir(path);
  const people = Array.from({ length: options.people ?? 2 }, (_, n) => ({
    id: `U0P${n}`,
    name: `person${n}`,
    realName: `Person ${n}`,
  }));
  const workspace = new Workspace({ people, timeScale: 0.1 });
  const { PATH, HOME, NODE_COMPILE_CACHE = '' } = process.env;
  const fleet = await startLocalFleet({
    folder: paths,
    workspace,
    timeScale: 0.1,
    environment: { PATH, HOME, LANG: 'C.UTF-8', NODE_COMPILE_CACHE },
    settings: { ...TENTH, ...options.settings },
    ingresses: options.ingresses ?? 1,
    launchers: options.launchers ?? 1,
    redis: options.redisUrl === undefined ? { program: 'redis-server' } : { url: options.redisUrl },
  });
  // A run that is broken off leaves nothing behind.
  process.once('exit', fleet.killProcesses);
  return tellStory(
    fleet,
    folder,
    people.map((person) => meet(fleet, person.id)),
  );
}

function tellStory(fleet: LocalFleet, folder: string, people: readonly Person[]): Story {
  const messages = (place: Place): WorkspaceMessage[] =>
    fleet.workspace
      .messages(place.channel)
      .filter((message) => message.threadTs === place.threadTs && message.deleted !== true);
  const byBot = (place: Place): WorkspaceMessage[] =>
    messages(place).filter((message) => message.user === fleet.workspace.bot.userId);
  const kindOf = (message: WorkspaceMessage): unknown => message.metadata?.event_payload['kind'];
  const said = (place: Place): string[] =>
    byBot(place)
      .filter((message) => kindOf(message) !== 'card' && message.ephemeralTo === undefined)
      .map((message) => message.text);
  const answers = (place: Place): string[] =>
    byBot(place)
      .filter((message) => kindOf(message) === 'final')
      .map((message) => message.text);
  const explain = (place: Place, wanted: string): string =>
    `no ${wanted} in ${JSON.stringify(place)}\nsaid: ${JSON.stringify(said(place))}\n${lastLogLines(folder)}`;
  return {
    fleet,
    folder,
    people,
    person(index) {
      const found = people[index];
      if (found === undefined) throw new Error(`The story has only ${people.length} people.`);
      return found;
    },
    said,
    answers,
    messages,
    async answered(place, count = 1, withinMs = 20_000) {
      await until(
        () => answers(place).length >= count,
        withinMs,
        () => explain(place, `${count} answers`),
      );
      return answers(place);
    },
    async told(place, pattern, withinMs = 20_000) {
      const find = (): string | undefined => said(place).find((text) => pattern.test(text));
      await until(
        () => find() !== undefined,
        withinMs,
        () => explain(place, String(pattern)),
      );
      return find() ?? '';
    },
    async [Symbol.asyncDispose]() {
      process.removeListener('exit', fleet.killProcesses);
      await fleet.end();
      await rm(folder, { recursive: true, force: true });
      expect(fleet.standIn.violations(), 'everything said to Slack was as Slack describes it').toEqual([]);
    },
  };
}

function meet(fleet: LocalFleet, id: string): Person {
  const { workspace } = fleet;
  const dm = workspace.channels().find((channel) => channel.kind === 'im' && channel.members.includes(id));
  if (dm === undefined) throw new Error(`${id} has no direct messages`);
  return {
    id,
    userKey: `${workspace.team.id}:${id}`,
    dm: dm.id,
    say(text, where = {}) {
      const channel = where.in?.channel ?? where.channel ?? dm.id;
      const message = workspace.postAs(id, {
        channel,
        text,
        ...(where.in === undefined ? {} : { threadTs: where.in.threadTs }),
      });
      return { channel, threadTs: where.in?.threadTs ?? message.ts, ts: message.ts };
    },
  };
}

async function until(isSo: () => boolean, withinMs: number, explain: () => string): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${explain()}`);
    await sleep(20);
  }
}

/** What the processes said last: a time-out without it is a riddle. */
function lastLogLines(folder: string): string {
  const files = [join(folder, 'logs'), join(folder, 'pods', 'logs')].flatMap((parent) =>
    readdirSync(parent, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.log') && !name.endsWith('redis.log'))
      .map((name) => join(parent, name)),
  );
  return files
    .map((file) => `${file}:\n${readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n')}`)
    .join('\n');
}

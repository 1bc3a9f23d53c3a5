// A person's story through real processes: a local fleet at a tenth of its durations, and people who write to it.
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalFleet, Workspace, type LocalFleet } from '@runnel/dev';
import { expect, vi } from 'vitest';
import { describeFleet } from './describe-fleet.ts';
import { meetPerson, readThreads, type Person, type Threads } from './read-threads.ts';
import { bareEnvironment, execPath, mainOf } from './run-process.ts';

export type { Person, Place } from './read-threads.ts';

/** About a tenth of the defaults, nested as they are. */
const TENTH = {
  SWEEP_INTERVAL: '300ms',
  RECONCILE_INTERVAL: '3s',
  INBOX_TICK: '500ms',
  LAUNCH_BACKOFF: '500ms',
  JOB_LOCK: '1s',
  STALLED_CHECK: '500ms',
  RUNNER_DRAIN: '3s',
  POD_GRACE: '5s',
};

/** Not so short: a shared machine stands still for seconds now and then, and no runner shall lose its lease by that. */
const UNHURRIED_LEASE = { LEASE_DURATION: '15s', LEASE_MARGIN: '2s', CALL_TIMEOUT: '6s' };

const PATIENCE = { timeout: 60_000, interval: 20 };

/** For stories in which somebody waits until a lease runs out. */
export const SHORT_LEASE = { LEASE_DURATION: '6s', LEASE_MARGIN: '1s', CALL_TIMEOUT: '3s' };

export type StoryOptions = {
  /** Settings besides those durations. */
  readonly settings?: NodeJS.ProcessEnv;
  /** With `FORGE: 'folder'`, a repository in which everybody works. */
  readonly repository?: string;
  /** How many people the workspace has. */
  readonly people?: number;
  readonly ingresses?: number;
  readonly launchers?: number;
  /** A Redis of the test's own, which it may stop and start. */
  readonly redisUrl?: string;
  /** Where each kind of process finds that Redis, when something stands in between. */
  readonly redisUrls?: { readonly ingress: string; readonly launcher: string; readonly runner: string };
};

export type Story = AsyncDisposable &
  Threads & {
    readonly fleet: LocalFleet;
    readonly folder: string;
    readonly people: readonly Person[];
    person(index: number): Person;
    /** Resolves to the process of their runner, another one than `not`, once it has one. Never to 0, which stands for a test's own group. */
    runnerPid(person: Person, not?: number): Promise<number>;
  };

export async function startStory(options: StoryOptions = {}): Promise<Story> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-story-'));
  const paths = {
    redis: join(folder, 'redis'),
    state: join(folder, 'state'),
    forge: join(folder, 'forge'),
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
  const fleet = await startLocalFleet({
    folder: paths,
    workspace,
    timeScale: 0.1,
    environment: bareEnvironment(),
    settings: { ...TENTH, ...UNHURRIED_LEASE, FORGE: 'none', ...options.settings },
    repository: options.repository,
    ingresses: options.ingresses ?? 1,
    launchers: options.launchers ?? 1,
    programs: { ingress: mainOf('ingress'), launcher: mainOf('launcher') },
    settingsOf: settingsOf(options.redisUrls),
    redis: options.redisUrl === undefined ? { program: 'redis-server' } : { url: options.redisUrl },
  });
  // A run that is broken off leaves nothing behind.
  process.once('exit', fleet.killProcesses);
  return tellStory(
    fleet,
    folder,
    people.map((person) => meetPerson(fleet.workspace, person.id)),
  );
}

/** Runners get their launcher's settings, so theirs go along in their command. */
function settingsOf(urls: StoryOptions['redisUrls']) {
  const runner = [execPath(), '--max-semi-space-size=1', mainOf('runner')];
  if (urls === undefined) return { ingress: {}, launcher: { RUNNER_COMMAND: runner.join(' ') } };
  return {
    ingress: { REDIS_URL: urls.ingress },
    launcher: { REDIS_URL: urls.launcher, RUNNER_COMMAND: ['env', `REDIS_URL=${urls.runner}`, ...runner].join(' ') },
  };
}

function tellStory(fleet: LocalFleet, folder: string, people: readonly Person[]): Story {
  return {
    ...readThreads(fleet.workspace, () => describeFleet(fleet, folder)),
    fleet,
    folder,
    people,
    person(index) {
      const found = people[index];
      if (found === undefined) throw new Error(`The story has only ${people.length} people.`);
      return found;
    },
    async runnerPid({ userKey }, not) {
      const find = async (): Promise<number> => (await fleet.runners.pod(userKey))?.runner.pid ?? 0;
      return vi.waitUntil(async () => [await find()].find((pid) => pid > 0 && pid !== not), PATIENCE);
    },
    async [Symbol.asyncDispose]() {
      process.removeListener('exit', fleet.killProcesses);
      await fleet.end();
      await rm(folder, { recursive: true, force: true });
      expect(fleet.standIn.violations(), 'everything said to Slack was as Slack describes it').toEqual([]);
    },
  };
}

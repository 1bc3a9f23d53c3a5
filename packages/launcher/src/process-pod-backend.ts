// Runners as processes of this machine, for a laptop and for tests. No security boundary: all of them are one user.
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnelError } from '@runnel/shared';
import { endMarked, identifyProcess, isAlive } from '@runnel/shared/process';
import { diagnosePod } from './backends/process/diagnose-pod.ts';
import { findPodEnd, POD_MARK } from './backends/process/find-pod-end.ts';
import { PodFolder, type PodRecord } from './backends/process/pod-folder.ts';
import { unlessMissing } from './backends/process/read-files.ts';
import { lastLines, makeLogFile } from './backends/process/runner-log.ts';
import { startRunner } from './backends/process/start-runner.ts';
import { watchPodEnds } from './backends/process/watch-pod-ends.ts';
import type { Pod, PodBackend, PodSpec } from './pod-backend.ts';

export type ProcessPodOptions = {
  /** State, homes and logs; shared by all launchers of this machine. */
  readonly folder: string;
  /** Program and arguments of a runner. */
  readonly command: readonly string[];
  /** What every runner gets, beside who it is. */
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
  readonly onError: (error: unknown) => void;
};

const POLL_MS = 20;
/** A name may be freed between the claim and the look; only something that is no pod is in the way more often. */
const CLAIM_ATTEMPTS = 10;

export async function processPodBackend(options: ProcessPodOptions): Promise<PodBackend> {
  const folder = new PodFolder(options.folder);
  await folder.open();
  const look = async (name: string): Promise<Pod | undefined> => {
    const record = await folder.current(name);
    return record === undefined ? undefined : toPod(folder, record);
  };
  const own = async (pod: Pod): Promise<PodRecord | undefined> => {
    const record = await folder.current(pod.name);
    return record?.uid === pod.uid ? record : undefined;
  };
  return {
    look,
    async create(spec) {
      try {
        for (let attempt = 0; attempt < CLAIM_ATTEMPTS; attempt += 1) {
          const record = await claim(folder, spec);
          if (record !== undefined) return { kind: 'created', pod: await start(folder, record, options) };
          const pod = await look(spec.name);
          if (pod !== undefined) return { kind: 'conflict', pod };
        }
      } catch (error) {
        throw RunnelError.from(error, 'pod_start_failed');
      }
      throw new RunnelError('pod_start_failed', `The folder of ${spec.name} holds something that is no pod.`);
    },
    list: async () => Promise.all((await folder.all()).map((record) => toPod(folder, record))),
    watch: (onEnd, signal) => watchPodEnds({ ...options, folder, onEnd }, signal),
    async stop(pod, graceMs) {
      const record = await own(pod);
      if (record === undefined) return;
      await askToDrain(folder, record, graceMs);
      await findPodEnd(folder, record, 'kill');
    },
    async remove(pod) {
      const record = await own(pod);
      if (record === undefined) return;
      await findPodEnd(folder, record, 'kill');
      await folder.retire(record);
    },
    logs: (name, lines) => lastLines(folder.path('logs', name), lines),
    diagnose: (name) => diagnosePod(folder, name),
  };
}

async function claim(folder: PodFolder, spec: PodSpec): Promise<PodRecord | undefined> {
  const creator = identifyProcess(process.pid);
  if (creator === undefined) throw new Error('this process cannot be identified');
  const { user, generation, name } = spec;
  return folder.claim({ user, generation, name, uid: randomUUID(), createdAt: Date.now(), creator });
}

async function start(folder: PodFolder, record: PodRecord, options: ProcessPodOptions): Promise<Pod> {
  const { user, generation, name, uid } = record;
  try {
    const home = await makeHome(folder, record);
    await startRunner({
      command: options.command,
      environment: {
        // What Node compiled for one runner serves the next: from source that is most of its start.
        NODE_COMPILE_CACHE: folder.path('compiled'),
        ...options.environment,
        HOME: home,
        RUNNER_HOME: home,
        RUNNER_USER_KEY: user,
        RUNNER_GENERATION: generation,
        RUNNER_OWNER: uid,
        [POD_MARK]: uid,
      },
      home,
      logFile: await makeLogFile(folder.path('logs', name), generation),
      exitFile: folder.path('ends', uid),
      recordLeader: (leader) => folder.recordLeader(record, leader),
    });
    return { user, generation, name, uid };
  } catch (error) {
    await endMarked(POD_MARK, uid);
    await folder.retire(record);
    throw error;
  }
}

/** The same path for every pod of a person, and empty: what is kept is in the session store. */
async function makeHome(folder: PodFolder, { name, uid }: PodRecord): Promise<string> {
  const home = folder.path('homes', name);
  // Set aside: removing a large checkout takes longer than a person should wait.
  const aside = folder.path('gone', `home-${uid}`);
  await unlessMissing(rename(home, aside));
  void rm(aside, { recursive: true, force: true }).catch(() => undefined);
  await mkdir(home, { recursive: true, mode: 0o700 });
  return home;
}

async function toPod(folder: PodFolder, record: PodRecord): Promise<Pod> {
  const { user, generation, name, uid } = record;
  const end = await folder.end(record);
  return { user, generation, name, uid, ...(end === undefined ? {} : { end }) };
}

async function askToDrain(folder: PodFolder, record: PodRecord, graceMs: number): Promise<void> {
  const leader = await folder.leader(record);
  const deadline = performance.now() + graceMs;
  if (leader === undefined || !isAlive(leader)) return;
  process.kill(leader.pid, 'SIGTERM');
  while (isAlive(leader) && performance.now() < deadline) await sleep(POLL_MS);
}

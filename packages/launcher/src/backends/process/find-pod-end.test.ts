import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, isAlive, type ProcessIdentity } from '@runnel/shared/process';
import { expect, onTestFinished, test } from 'vitest';
import { findPodEnd, POD_MARK } from './find-pod-end.ts';
import { PodFolder, type PodRecord } from './pod-folder.ts';

const LONG_AGO_MS = 60_000;

/** A process that lives, and the record of the pod it belongs to, made long ago. */
async function startPod(): Promise<{ folder: PodFolder; record: PodRecord; leader: ProcessIdentity }> {
  const root = await mkdtemp(join(tmpdir(), 'runnel-pod-end-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const uid = randomUUID();
  const child = spawn('sleep', ['60'], { env: { ...process.env, [POD_MARK]: uid } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const leader = identifyProcess(child.pid ?? 0);
  if (leader === undefined) throw new Error('sleep did not start');
  const folder = new PodFolder(root);
  await folder.open();
  const pod = { user: 'T0:U0', generation: '7', name: 'runner-t0-u0' } as const;
  const record = await folder.claim({ ...pod, uid, createdAt: Date.now() - LONG_AGO_MS, creator: leader });
  if (record === undefined) throw new Error('the name was taken');
  await folder.recordLeader(record, leader);
  return { folder, record, leader };
}

test('a pod that lost its name while it was looked at is left alone', async () => {
  const { folder, record, leader } = await startPod();
  expect(await findPodEnd(folder, record, 'look')).toBe(undefined);
  await rename(record.folder, join(folder.root, 'elsewhere'));
  expect(await findPodEnd(folder, record, 'look')).toBe(undefined);
  expect(isAlive(leader)).toBe(true);
});

// `npm run cluster`, as a person uses it.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive } from '@runnel/shared/process';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { openAccess } from '../cluster/cluster-access.ts';
import { findRecorded } from '../cluster/process-folder.ts';
import { runKubectl } from '../cluster/run-kubectl.ts';
import { execPath } from '../support/run-process.ts';

const MAIN = fileURLToPath(new URL('../cluster/main.ts', import.meta.url));

test('up brings a cluster with the manifests, status says how it is, down leaves nothing', async () => {
  const data = await mkdtemp(join(tmpdir(), 'runnel-data-'));
  const folder = join(data, 'cluster');
  // With played nodes, whatever else this run has.
  const env = { RUNNEL_DATA: data, RUNNEL_NODE_IMAGES: undefined };
  const say = (command: string) => execa(execPath(), [MAIN, command], { env, reject: false });
  onTestFinished(async () => {
    await say('down');
    await rm(data, { recursive: true, force: true });
  });
  expect(await say('status')).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('No cluster is up') });

  const up = await say('up');
  expect(up).toMatchObject({ exitCode: 0, stderr: '' });
  expect(up.stdout).toMatch(/deployment.apps\/runnel-launcher created/);
  expect(up.stdout).toMatch(/4 played nodes/);
  const [, kubeconfig = ''] = /export KUBECONFIG=(.*)/.exec(up.stdout) ?? [];
  // The one who brought it up has ended, and it is there.
  const said = await runKubectl(openAccess(kubeconfig), ['get', 'namespaces', '--output=name']);
  expect(said.split('\n')).toEqual(expect.arrayContaining(['namespace/runnel-system', 'namespace/runnel-runners']));
  const processes = findRecorded(folder);
  expect(processes).toHaveLength(5);
  expect(await say('up')).toMatchObject({ exitCode: 0 });
  expect(findRecorded(folder)).toEqual(processes);

  const scheduler = processes.find(({ name }) => name === 'kube-scheduler');
  if (scheduler === undefined) throw new Error('There is no scheduler to kill.');
  process.kill(scheduler.pid, 'SIGKILL');
  const broken = expect.stringContaining('It is broken: kube-scheduler');
  await expect.poll(() => say('status'), { timeout: 60_000 }).toMatchObject({ exitCode: 1, stdout: broken });

  expect(await say('down')).toMatchObject({ exitCode: 0 });
  expect(processes.filter(isAlive)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  expect(await say('down')).toMatchObject({ exitCode: 0, stdout: 'No cluster was up.' });
});

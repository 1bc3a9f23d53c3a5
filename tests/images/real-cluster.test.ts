// `npm run cluster` as root, as a person uses it: a real node, in namespaces of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { findRecorded } from '../cluster/process-folder.ts';
import { execPath } from '../support/run-process.ts';

const MAIN = fileURLToPath(new URL('../cluster/main.ts', import.meta.url));

test('up brings a node on which the fleet runs, one that is killed leaves nothing running, down leaves nothing', async () => {
  const data = await mkdtemp(join(tmpdir(), 'runnel-data-'));
  const folder = join(data, 'cluster');
  const say = (command: string) => execa(execPath(), [MAIN, command], { env: { RUNNEL_DATA: data }, reject: false });
  onTestFinished(async () => {
    await say('down');
    await rm(data, { recursive: true, force: true });
  });

  const up = await say('up');
  expect(up).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('with a real node') });
  const told = up.stdout;
  const [, kubeconfig = ''] = /export KUBECONFIG=(.*)/.exec(told) ?? [];
  const [, path = ''] = /export PATH=(.*):\$PATH/.exec(told) ?? [];
  const [, target = ''] = /nsenter --target=(\d+) --net kubectl/.exec(told) ?? [];
  // As it says.
  const kubectl = [join(path, 'kubectl'), 'get', 'pods', '--all-namespaces', '--no-headers'];
  const { stdout: pods } = await execa('nsenter', [`--target=${target}`, '--net', ...kubectl], {
    env: { KUBECONFIG: kubeconfig },
  });
  expect(pods.split('\n')).toEqual([
    expect.stringMatching(/runnel-ingress-\S+ +1\/1 +Running/),
    expect.stringMatching(/runnel-launcher-\S+ +1\/1 +Running/),
  ]);
  expect(await say('up')).toMatchObject({ exitCode: 0, stdout: up.stdout });
  const groups = `runnel-node-${findRecorded(folder)[0]?.pid}`;
  expect(groupsCalled(groups)).not.toEqual([]);

  process.kill(Number(target), 'SIGKILL');
  const broken = expect.stringContaining('It is broken: namespaces ended by itself');
  await expect.poll(() => say('status'), { timeout: 60_000 }).toMatchObject({ exitCode: 1, stdout: broken });
  expect(groupsCalled(groups)).toEqual([]);
  expect(processesOf(folder)).toEqual([]);

  expect(await say('up')).toMatchObject({ exitCode: 0 });
  const [again] = findRecorded(folder);
  expect(await say('down')).toMatchObject({ exitCode: 0 });
  expect(existsSync(folder)).toBe(false);
  expect(groupsCalled(`runnel-node-${again?.pid}`)).toEqual([]);
  expect(processesOf(folder)).toEqual([]);
});

function groupsCalled(name: string): string[] {
  const hierarchies = readdirSync('/sys/fs/cgroup').map((hierarchy) => join('/sys/fs/cgroup', hierarchy, name));
  return hierarchies.filter((group) => existsSync(group));
}

/** The command lines that name it. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => readCommand(pid))
    .filter((command) => command.includes(folder));
}

function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

// A launcher that makes one pod and is killed at a given moment: `node dying-launcher.testprogram.ts <folder> <moment> <script>`.
import { mkdir } from 'node:fs/promises';
import { runnerName, type UserKey } from '@runnel/shared';
import { identifyProcess } from '@runnel/shared/process';
import { POD_MARK } from '../backends/process/find-pod-end.ts';
import { PodFolder } from '../backends/process/pod-folder.ts';
import { makeLogFile } from '../backends/process/runner-log.ts';
import { startRunner } from '../backends/process/start-runner.ts';

const [folder = '', moment = '', script = ''] = process.argv.slice(2);
const user: UserKey = 'T0:U0ADA';
const name = runnerName(user);
const uid = crypto.randomUUID();

const pods = new PodFolder(folder);
await pods.open();
const creator = identifyProcess(process.pid);
if (creator === undefined) throw new Error('no identity');
const record = await pods.claim({ user, generation: '100', name, uid, createdAt: Date.now(), creator });
if (record === undefined) throw new Error('no claim');
if (moment === 'kill before spawn') die();
const home = pods.path('homes', name);
await mkdir(home, { recursive: true });
await startRunner({
  command: ['/bin/sh', '-c', script],
  environment: { PATH: process.env['PATH'] ?? '', [POD_MARK]: uid },
  home,
  logFile: await makeLogFile(pods.path('logs', name), '100'),
  exitFile: pods.path('ends', uid),
  recordLeader: async (leader) => {
    if (moment === 'kill before record') die();
    await pods.recordLeader(record, leader);
  },
});
die();

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

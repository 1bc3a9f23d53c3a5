// A runner in its image, where the tests of a runner's process have one from source.
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunnerProcess } from '../runner/start-runner.ts';
import { startContainer, type Container, type ContainerPlan } from './start-container.ts';
import type { TestImages } from './test-images.ts';

/** A container starts and ends beside others that are built: nothing in these tests is about the lease. */
const UNHURRIED = { LEASE_DURATION: '15s', LEASE_MARGIN: '2s', CALL_TIMEOUT: '6s' };

export type RunnerContainerPlan = Pick<ContainerPlan, 'env' | 'memory'> & {
  readonly folder: string;
  /** Another than the one without an agent. */
  readonly image?: string;
};

/** State is kept in the stage's folder; the home is a fresh folder, as in a fresh pod, that the test can look into. */
export async function startRunnerContainer(
  images: TestImages,
  { env, folder, image = images.id('runner'), memory = '512m' }: RunnerContainerPlan,
): Promise<RunnerProcess & { readonly container: Container }> {
  const home = join(folder, 'home');
  const state = join(folder, 'state');
  await rm(home, { recursive: true, force: true });
  for (const path of [home, state]) {
    await mkdir(path, { recursive: true });
    // For the user of the image, whom this machine does not know.
    await chmod(path, 0o777);
  }
  await chmod(folder, 0o755);
  const { PATH: _, ...settings } = env;
  const container = startContainer(images, image, {
    memory,
    env: { ...settings, ...UNHURRIED, RUNNER_HOME: '/home/runner', STATE_DIR: '/var/lib/runnel/state' },
    mounts: { '/home/runner': home, '/var/lib/runnel/state': state },
  });
  return {
    pid: 0,
    owner: env['RUNNER_OWNER'] ?? '',
    exited: container.exited,
    kill: (signal) => void container.kill(signal),
    log: () => container.log(),
    container,
  };
}

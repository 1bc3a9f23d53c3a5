import { expect, test } from 'vitest';
import { findMissing } from './find-missing.ts';

// As Kubernetes 1.36 says it.
test.for([
  ['runner: CreateContainerConfigError: secret "runnel-runner" not found', 'secret runnel-runner'],
  [
    'FailedMount: MountVolume.SetUp failed for volume "settings" : configmap "runnel-runner" not found',
    'configmap runnel-runner',
  ],
  ['0/1 nodes are available: persistentvolumeclaim "runnel-state" not found.', 'persistentvolumeclaim runnel-state'],
  ['error looking up service account runnel-runners/x: serviceaccount "x" not found', 'serviceaccount x'],
  ['namespaces "runnel-runners" not found', 'namespace runnel-runners'],
  [
    "runner: CreateContainerConfigError: couldn't find key REDIS_URL in Secret runnel-runners/runnel-runner",
    'key REDIS_URL of the Secret runnel-runner',
  ],
  ['runner: RunContainerError: failed to create containerd task', undefined],
  ['', undefined],
] as const)('%s', ([said, missing]) => {
  expect(findMissing(said)).toBe(missing);
});

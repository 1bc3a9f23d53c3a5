import { MemoryPodBackend } from './memory-pod-backend.ts';
import { describePodBackend } from './pod-backend.testsuite.ts';

describePodBackend('memory', async () => {
  const backend = new MemoryPodBackend();
  return {
    backend,
    again: async () => backend,
    ready: async () => undefined,
    finish: async (pod, exitCode) => backend.finish(pod, { reason: 'exited', exitCode }),
    owner: async (pod) => pod.uid,
    ends: { drained: { reason: 'exited', exitCode: 0 }, removed: { reason: 'killed' } },
    isRunning: async (pod) => {
      const found = await backend.look(pod.name);
      return found?.uid === pod.uid && found.end === undefined;
    },
  };
});

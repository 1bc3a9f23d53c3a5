// The contract of pod backends, on a real API server with its controllers.
import { describePodBackend } from '@runnel/launcher/testing';
import { playedPods } from './played-pods.ts';

describePodBackend('kubernetes', async () => {
  const played = await playedPods();
  return {
    backend: played.backend(),
    again: async () => played.backend(),
    ready: async (pod) => void (await played.running(pod)),
    finish: played.finish,
    isRunning: async (pod) => {
      const pods = await played.podsOf(pod);
      return pods.some(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
    },
    owner: async (pod) => (await played.running(pod)).metadata?.uid ?? '',
    // As its kubelet ends a process that has nothing to say about SIGTERM.
    ends: { drained: { reason: 'exited', exitCode: 143 }, removed: { reason: 'exited', exitCode: 143 } },
  };
});

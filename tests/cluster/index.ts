// The door `@runnel/tests/cluster`: a real control plane with played nodes, for benchmarks.
export { startControlPlane, type ControlPlane } from './control-plane.ts';
export { endPlayedPod } from './end-played-pod.ts';
export { followObjects } from './follow-objects.ts';
export { makeRunnerNamespace } from './make-runner-namespace.ts';
export { startPlayedNodes } from './played-nodes.ts';

// The door `@runnel/launcher/serving`: a launcher's stages, for whoever brings ports of their own: tests that need thousands of launches,
// and benchmarks of one stage.
export { MemoryPodBackend } from './memory-pod-backend.ts';
export { diagnoseRunner } from './operations/diagnose-runner.ts';
export type { RunnerDiagnostics } from './operations/runner-diagnostics.ts';
export type { PodBackend } from './pod-backend.ts';
export { redisEndedPods } from './redis-ended-pods.ts';
export { runLauncher, type LauncherParts, type LauncherSettings } from './run-launcher.ts';
export { userSweeper } from './sweep-users.ts';
export { queuePlaceTeller } from './tell-queue-places.ts';

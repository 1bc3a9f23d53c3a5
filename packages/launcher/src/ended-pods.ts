// PORT: what is remembered of pods that have ended, for as long as somebody may ask. Any launcher can answer.
import type { PodDiagnostics } from './pod-diagnostics.ts';

export type EndedPods = {
  /** Remembers the newest of each name for a quarter of an hour. It is redacted: no secret is stored. */
  keep(diagnostics: PodDiagnostics): Promise<void>;
  find(name: string): Promise<PodDiagnostics | undefined>;
};

// Stage: remembers what is known of a pod when it ends, before a successor takes its name and nobody can ask any more.
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnelError } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { EndedPods } from './ended-pods.ts';
import type { Pod, PodBackend } from './pod-backend.ts';
import { redactAll, type Redact } from './redact-secrets.ts';

export type KeepingParts = { readonly ended: EndedPods; readonly redact: Redact; readonly log: Logger };

/** A pod that must go goes all the same. A machine that nobody hears takes 2 s to give no log. */
const KEEP_WITHIN_MS = 5_000;

/** The same backend; an end that is heard and a pod that is removed leave their diagnostics behind. Logs come without their secrets. */
export function keepEndedPods(backend: PodBackend, { ended, redact, log }: KeepingParts): PodBackend {
  const keeping = new Map<string, Promise<void>>();

  const keep = async ({ name, uid }: Pod): Promise<void> => {
    try {
      // However many launchers see the end, the first one asks.
      if ((await ended.find(name))?.uid === uid) return;
      const diagnostics = await backend.diagnose(name);
      if (diagnostics?.uid === uid) await ended.keep(redactAll(diagnostics, redact));
    } catch (error) {
      log.warn({ err: RunnelError.from(error), pod: name }, 'nothing is kept of a pod that ended');
    }
  };
  const keepOnce = (pod: Pod): Promise<void> => {
    const under = keeping.get(pod.uid) ?? keep(pod).finally(() => keeping.delete(pod.uid));
    keeping.set(pod.uid, under);
    return under;
  };
  return {
    create: (spec) => backend.create(spec),
    look: (name) => backend.look(name),
    list: () => backend.list(),
    stop: (pod, graceMs) => backend.stop(pod, graceMs),
    logs: async (name, lines) => redactAll(await backend.logs(name, lines), redact),
    diagnose: (name) => backend.diagnose(name),
    watch: (onEnd, signal) =>
      backend.watch((pod) => {
        void keepOnce(pod);
        onEnd(pod);
      }, signal),
    async remove(pod) {
      await Promise.race([keepOnce(pod), sleep(KEEP_WITHIN_MS)]);
      await backend.remove(pod);
    },
  };
}

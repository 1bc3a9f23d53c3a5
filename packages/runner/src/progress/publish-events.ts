// Stage: everything a runner does, as envelopes: in process for who shows it, mirrored for everybody else.
import { envelopeMaker, type EventDraft, type EventTransport, type UserKey } from '@runnel/shared';

export type EventParts = {
  readonly user: UserKey;
  /** In process: the hot path. */
  readonly local: EventTransport;
  readonly mirror: EventTransport;
};

export type Events = {
  /** Never waits and never fails: an event that cannot be mirrored is dropped. */
  readonly tell: (draft: EventDraft) => void;
  /** Waits for the mirror, at most that long. */
  readonly flush: (timeoutMs: number) => Promise<void>;
};

export function publishEvents({ user, local, mirror }: EventParts): Events {
  const wrap = envelopeMaker(user);
  const stopped = new AbortController();
  let told: string | undefined;
  let mirrored: string | undefined;
  let onMirrored: () => void = () => undefined;
  const reflect = async (): Promise<void> => {
    for await (const envelope of local.subscribe(user, { signal: stopped.signal })) {
      await mirror.publish(envelope);
      mirrored = envelope.id;
      onMirrored();
    }
  };
  void reflect();
  return {
    tell(draft) {
      const envelope = wrap(draft);
      told = envelope.id;
      void local.publish(envelope);
    },
    async flush(timeoutMs) {
      const done = Promise.withResolvers<void>();
      onMirrored = () => {
        if (mirrored === told) done.resolve();
      };
      onMirrored();
      const timer = setTimeout(done.resolve, timeoutMs);
      await done.promise;
      clearTimeout(timer);
      stopped.abort();
    },
  };
}

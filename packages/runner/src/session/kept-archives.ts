// What this runner knows of the archives that it saved, or brought back: enough to pack only what changed since.
import type { SessionKey } from '@runnel/shared';
import type { Packed, Standing } from '../store/session-archiver.ts';
import type { ArchiveRef } from '../store/session-store.ts';

type Kept = { readonly last: ArchiveRef; readonly standing: Standing };

export class KeptArchives {
  readonly #kept = new Map<SessionKey, Kept>();

  /** `last` is the archive that the directory is now as it was packed into, or unpacked from. */
  remember(session: SessionKey, last: ArchiveRef, standing: Standing | undefined): void {
    if (standing === undefined) this.#kept.delete(session);
    else this.#kept.set(session, { last, standing });
  }

  /** As far as the manifest names it now: what is named by none is removed some time. */
  standing(session: SessionKey, named: ArchiveRef | undefined): Standing {
    const kept = this.#kept.get(session);
    if (kept === undefined || wholeOf(kept.last)?.digest !== wholeOf(named)?.digest) return {};
    return kept.last.digest === named?.digest ? kept.standing : { snapshot: kept.standing.snapshot };
  }

  /** The name of what was packed on such a standing; `put` is what was uploaded of it. */
  nameOf(session: SessionKey, kind: Packed['kind'], put: ArchiveRef): ArchiveRef {
    const kept = this.#kept.get(session);
    const whole = kind === 'layer' ? wholeOf(kept?.last) : undefined;
    return whole === undefined ? put : { ...put, base: whole };
  }
}

function wholeOf(archive: ArchiveRef | undefined): ArchiveRef | undefined {
  return archive?.base ?? archive;
}

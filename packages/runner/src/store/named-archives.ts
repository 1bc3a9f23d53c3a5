// Which archives manifests need: those of their sessions, and the whole ones that layers lie on.
import type { ArchiveRef, Manifest } from './session-store.ts';

export function namedArchives(manifests: readonly Manifest[]): [session: string, archive: ArchiveRef][] {
  return manifests.flatMap(({ sessions }) =>
    Object.entries(sessions).flatMap(([session, { archive }]) =>
      [archive, archive?.base].flatMap((one): [string, ArchiveRef][] => (one === undefined ? [] : [[session, one]])),
    ),
  );
}

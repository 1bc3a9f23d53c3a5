// Whether anything was done in a thread.
import type { SessionKey } from '@runnel/shared';
import type { TurnParts } from '../turn/turn-parts.ts';

export function hasBegun({ files, manifest }: Pick<TurnParts, 'files' | 'manifest'>, session: SessionKey): boolean {
  return files.standing(session) !== undefined || manifest.session(session)?.archive !== undefined;
}

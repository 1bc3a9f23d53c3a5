// PORT: where the files come from that people attach to their messages.
import type { AttachedFile } from '@runnel/shared';

/** Of one message. The first ones are taken. */
export const MOST_FILES = 10;
/** Of one file. */
export const MOST_MEGABYTES = 20;

/** Why a file is not there. `login_page`: Slack sent that in its place. */
export type MissingReason =
  | 'too_many'
  | 'too_large'
  | 'unknown'
  | 'gone'
  | 'refused'
  | 'login_page'
  | 'elsewhere'
  | 'broken_off'
  | 'too_slow'
  | 'not_saved';

/** A file as a turn has it: `path` is absolute. The name is the person's: data, never trusted. */
export type TakenFile = { readonly name: string } & ({ readonly path: string } | { readonly missing: MissingReason });

export class FileMissing extends Error {
  readonly why: MissingReason;

  constructor(why: MissingReason, options?: ErrorOptions) {
    super(`An attached file is not there: ${why}.`, options);
    this.name = 'FileMissing';
    this.why = why;
  }
}

export type FileSource = {
  /**
   * Writes all of a file to `path`, and never more than that many bytes. Throws `FileMissing`, the signal's reason once that is
   * aborted, or what the file system says; what was written by then may lie there.
   */
  fetch(file: AttachedFile, to: FileTarget, signal: AbortSignal): Promise<void>;
};

export type FileTarget = { readonly path: string; readonly mostBytes: number };

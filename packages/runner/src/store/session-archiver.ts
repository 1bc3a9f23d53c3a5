// PORT: a session's directory as one file, and back.
import type { SessionDirectory } from '../agent/agent-provider.ts';
import type { Snapshot } from './session-snapshot.ts';

/** What is not in the archive, and why. `path` begins with `files/` or `state/` and is for reading only. */
export type LeftOut = { readonly path: string; readonly why: string };

/** What is known of a directory whose archives are kept. Nothing, where its changes could go unseen. */
export type Standing = {
  /** What the whole archive holds. */
  readonly snapshot?: Snapshot | undefined;
  /** Of everything, as the last archive has it. */
  readonly fingerprint?: string | undefined;
};

export type Packed = {
  /** `same`: nothing was packed, the last archive has it all. `layer`: only what changed since the whole one. */
  readonly kind: 'whole' | 'layer' | 'same';
  /** What had to be left out. */
  readonly leftOut: readonly LeftOut[];
  /** Of a layer, the whole archive's. */
  readonly standing?: Standing;
};

export type SessionArchiver = {
  /** The same content makes the same bytes, so that an unchanged session costs no upload. */
  pack(directory: SessionDirectory, file: string, standing?: Standing): Promise<Packed>;
  /**
   * Into an empty directory, in which nobody works yet. `base` is the file of the whole archive on which a layer lies.
   * Throws `store_corrupt` for what is no archive of ours.
   */
  unpack(file: string, directory: SessionDirectory, base?: string): Promise<Standing | undefined>;
};

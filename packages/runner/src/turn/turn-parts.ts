// What the stages of a turn work with.
import type {
  AttachedFile,
  EntryRef,
  EventDraft,
  InboxReader,
  KeptThreads,
  ReplySink,
  SessionKey,
} from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { Decision, PermissionPolicy } from '../agent/agent-provider.ts';
import type { FileSource } from '../attached/file-source.ts';
import type { HeldLease } from '../lease/hold-lease.ts';
import type { SessionFiles } from '../session/session-files.ts';
import type { ManifestWriter } from '../store/manifest-writer.ts';
import type { Asked } from '../store/session-store.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import type { ThreadAgents } from './thread-agents.ts';
import type { TurnSlots } from './turn-slots.ts';

export type TurnParts = {
  readonly lease: HeldLease;
  readonly delivery: InboxReader;
  readonly manifest: ManifestWriter;
  readonly files: SessionFiles;
  /** Where what people attach comes from. */
  readonly fileSource: FileSource;
  /** Where a launcher finds what was kept for want of a credential. */
  readonly kept: Pick<KeptThreads, 'note' | 'forget'>;
  /** Where people have repositories. */
  readonly workspaces?: Workspaces | undefined;
  readonly agents: ThreadAgents;
  /** Of threads that were begun in this life, the first line of the first message. */
  readonly titles: Map<SessionKey, string>;
  readonly replies: ReplySink;
  readonly slots: TurnSlots;
  /** The ts of the live card of a turn that stands in the thread. */
  readonly cardOf: (turn: string) => string | undefined;
  /** From Slack's encoding to plain text. */
  readonly decode: (text: string) => string;
  readonly tell: (draft: EventDraft) => void;
  /** An entry was acknowledged, or is gone from the inbox. */
  readonly letGo: (identity: string) => void;
  /** The agent has no credential that its model takes. This runner gets no other one. */
  readonly lackCredential: () => void;
  /** Everything else is for the next runner: what runs is canceled, for that one to run again. */
  readonly handOver: () => void;
  /** How many prompts of a session are held at most. */
  readonly maxHeld: number;
  /** What an agent may do without asking. */
  readonly policy: PermissionPolicy;
  /** After this a parked ask counts as denied. */
  readonly permissionTimeoutMs: number;
  readonly callTimeoutMs: number;
  /** In a turn that takes longer, the files are saved this often. */
  readonly checkpointMs: number;
  /** Aborted when this runner may do nothing more: its lease is lost, or its drain is over. */
  readonly over: AbortSignal;
  readonly log: Logger;
};

/** A prompt in hand, with the edits that came before its turn. */
export type Prompt = {
  readonly id: string;
  readonly identity: string;
  readonly session: SessionKey;
  readonly author: string;
  /** Identity of the message: what edits and deletes of it name. Another one than the prompt's where that was held and revived. */
  readonly message: string;
  /** Slack ts of the message. */
  readonly ts: string;
  readonly fileNames: readonly string[];
  /** Undefined where an earlier version of Runnel took the message. */
  readonly files?: readonly AttachedFile[] | undefined;
  /** As Slack sent it, or as the last edit left it. */
  text: string;
  /** Edits, and what was decided in its turn. Acknowledged together with the prompt: until then they are looked at again after a crash. */
  readonly edits: EntryRef[];
  /** The entry that revived it: in the inbox that stands for it, and its tries are counted. */
  readonly revivedBy?: EntryRef;
  /** The parked turn that goes on with this one. */
  readonly resumes?: Resumption;
};

export type Resumption = { readonly asked: Asked; readonly decision: Decision };

// The door `@runnel/shared`: vocabulary and ports.
export type {
  BeginAnswer,
  Delivery,
  End,
  EndAnswer,
  Enqueue,
  EnqueueAnswer,
  InboxReader,
  InboxWriter,
  LaunchHint,
  LeaseKeeper,
  ReleaseAnswer,
  SweepAnswer,
  UntoldCause,
} from './delivery.ts';
export { attachedFileSchema } from './entry.ts';
export type { AttachedFile, ControlPayload, Entry, EntryPayload, EntryRef, PromptPayload } from './entry.ts';
export { errorCatalog, retryable, RunnelError, type ErrorCode, type Retry } from './errors.ts';
export { envelopeMaker, type Envelope, type EventDraft, type EventType } from './event.ts';
export type { EventTransport } from './event-transport.ts';
export { processEventTransport } from './process-event-transport.ts';
export type { KeptThread, KeptThreads } from './kept-threads.ts';
export type { LaunchJob, LaunchQueue, LaunchStage, LaunchWorker, StageTime, WaitingLaunch } from './launch-queue.ts';
export { launchName, type Generation, type Holder, type Launch, type Lease } from './lease.ts';
export {
  replyActions,
  type PostOptions,
  type Reply,
  type ReplyAction,
  type ReplyButton,
  type ReplySink,
} from './reply-sink.ts';
export { messageIdentity, sessionKey, threadOf, type SessionKey, type Thread } from './session.ts';
export type { StepRecord, StepUsage } from './step-record.ts';
export { stepChannel, stepNames, takeStep, type Step, type StepFacts, type StepName } from './step.ts';
export type { ThreadStatus } from './thread-status.ts';
export { inCode, titleOf } from './title-of.ts';
export { isUserKey, runnerName, splitUserKey, type UserKey } from './user-key.ts';

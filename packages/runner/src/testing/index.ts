// The door `@runnel/runner/testing`: the contract of a session store, for adapters whose tests need more than this package.
export {
  addToManifest,
  describeSessionStore,
  manifest,
  temporaryFile,
  type ArchivePlace,
} from '../store/session-store.testsuite.ts';
export { noRevision } from '../store/session-store.ts';
export { archiveFileName, sessionPath, userPath } from '../store/store-layout.ts';
export {
  collect,
  describeAgentProvider,
  newRequest,
  saidIn,
  type ProviderUnderTest,
} from '../agent/agent-provider.testsuite.ts';
export type { AgentEvent, AgentProvider, Ask, Decision, TurnRequest } from '../agent/agent-provider.ts';
export { describeFileSource } from '../attached/file-source.testsuite.ts';
export { describeForge } from '../forge/forge.testsuite.ts';
export { emptied, runnerWorld, until, type RunnerWorld } from './runner-world.ts';

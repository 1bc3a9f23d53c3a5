// The door `@runnel/dev`: the local fleet and the Slack stand-in, for tests and benchmarks.
export { FolderRepositories } from './forge/folder-repositories.ts';
export { GIT_REQUEST, serveGit } from './forge/serve-git.ts';
export { startFolderForge } from './forge/start-folder-forge.ts';
export { startLocalFleet, type LocalFleet, type LocalFleetOptions } from './local-fleet.ts';
export { startSlackStandIn, type SlackStandIn } from './slack/start-slack-stand-in.ts';
export { Workspace, type WorkspaceMessage } from './slack/workspace.ts';

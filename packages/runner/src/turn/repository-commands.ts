// Stage: what a repository asks for in its `.runnel.yml`: its setup before a thread's first turn, its check after one that changed something.
import type { SessionKey } from '@runnel/shared';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import { sayCheck, sayFaults, sayNotRun, saySetup } from '../progress/work-words.ts';
import { readRepositorySettings, type RepositoryCommand } from '../workspace/repository-settings.ts';
import { runRepositoryCommand, type RepositoryRunEnd } from '../workspace/run-repository-command.ts';
import type { TurnParts } from './turn-parts.ts';

/** The turn that it belongs to. */
export type OwnTurn = {
  readonly session: SessionKey;
  readonly turn: string;
  readonly directory: SessionDirectory;
};

/** An agent waits for the one, its answer for the other. */
const LIMIT_MS = 15 * 60_000;

/** Resolves to what is to be said of it: nothing where all is well. Rejects where the turn is canceled. */
export async function setUp(parts: TurnParts, own: OwnTurn, cancel: AbortSignal): Promise<string[]> {
  const { settings, faults } = await readRepositorySettings(own.directory.files);
  if (faults.length > 0) return [sayFaults(faults)];
  if (settings.setup === undefined) return [];
  // It is as good as anything that the agent would be asked about.
  if (parts.policy !== 'full') return [sayNotRun('setup')];
  return saySetup(settings.setup, await run(parts, { ...own, command: 'setup', script: settings.setup }, cancel));
}

/** What stands below the answer; undefined where there is no check. */
export async function check(parts: TurnParts, own: OwnTurn, cancel: AbortSignal): Promise<string | undefined> {
  const { settings } = await readRepositorySettings(own.directory.files);
  if (settings.check === undefined || parts.policy !== 'full') return undefined;
  try {
    return sayCheck(settings.check, await run(parts, { ...own, command: 'check', script: settings.check }, cancel));
  } catch (reason) {
    // The work is done and pushed by now.
    if (cancel.aborted) return undefined;
    throw reason;
  }
}

type OwnRun = OwnTurn & { readonly command: RepositoryCommand; readonly script: string };

async function run(
  { tell, lease, workspaces }: TurnParts,
  { session, turn, directory, command, script }: OwnRun,
  cancel: AbortSignal,
): Promise<RepositoryRunEnd> {
  tell({ type: 'agent.text', session, turn, data: { text: `\n› ${command}\n` } });
  const about = { path: workspaces?.path ?? '', podUid: lease.holder.owner, limitMs: LIMIT_MS };
  const onProcessGroup = (group: number): Disposable => lease.watchGroup(group);
  return runRepositoryCommand({ ...about, script, directory, onProcessGroup }, cancel);
}

// Stage: what a repository asks for in its `.runnel.yml`: its setup before a thread's first turn, its check after one that changed something.
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionKey } from '@runnel/shared';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import { sayCheck, sayFaults, sayNotChecked, sayNotRun, saySetup } from '../progress/work-words.ts';
import { readRepositorySettings, type ReadSettings, type RepositoryCommand } from '../workspace/repository-settings.ts';
import { runRepositoryCommand, type RepositoryRunEnd } from '../workspace/run-repository-command.ts';
import { checkpoint } from './settle-turn.ts';
import type { TurnParts } from './turn-parts.ts';

/** The turn that it belongs to. */
export type OwnTurn = {
  readonly session: SessionKey;
  readonly turn: string;
  readonly directory: SessionDirectory;
  /** A runner ended in this very turn before. */
  readonly isRepeated: boolean;
};

/** An agent waits for the one, its answer for the other. */
const LIMIT_MS = 15 * 60_000;

/**
 * Once in a thread: one that was cut off is run again. Resolves to what is to be said of it: nothing where all is well. Rejects where
 * the turn is canceled.
 */
export async function setUp(parts: TurnParts, own: OwnTurn, cancel: AbortSignal): Promise<string[]> {
  const { files, state } = own.directory;
  const mark = setUpMark(state);
  if (await isThere(mark)) return [];
  const { settings, faults } = await readRepositorySettings(files, parts.agents.names);
  const said = await setUpBy(parts, own, { settings, faults, cancel });
  await mkdir(state, { recursive: true });
  await writeFile(mark, '');
  return said;
}

/** Where it is noted. */
export function setUpMark(state: string): string {
  return join(state, 'set-up');
}

async function setUpBy(
  parts: TurnParts,
  own: OwnTurn,
  { settings: { setup }, faults, cancel }: ReadSettings & { readonly cancel: AbortSignal },
): Promise<string[]> {
  if (faults.length > 0) return [sayFaults(faults)];
  if (setup === undefined) return [];
  // It is as good as anything that the agent would be asked about.
  if (parts.policy !== 'full') return [sayNotRun('setup')];
  return saySetup(setup, await run(parts, { ...own, command: 'setup', script: setup }, cancel));
}

/** What stands below the answer; undefined where there is no check, or nothing is to be said. Never costs the answer. */
export async function check(parts: TurnParts, own: OwnTurn, cancel: AbortSignal): Promise<string | undefined> {
  const { settings } = await readRepositorySettings(own.directory.files, parts.agents.names);
  if (settings.check === undefined || parts.policy !== 'full') return undefined;
  if (own.isRepeated) return sayNotChecked(settings.check);
  try {
    // It may take its runner with it.
    await checkpoint(parts, { session: own.session, identity: own.turn });
    return sayCheck(settings.check, await run(parts, { ...own, command: 'check', script: settings.check }, cancel));
  } catch (reason) {
    parts.over.throwIfAborted();
    if (!cancel.aborted) parts.log.error({ err: reason, session: own.session }, 'check could not be run');
    return undefined;
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

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

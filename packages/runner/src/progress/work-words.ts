// What a person is told about their repository: what became of a turn's changes, of its own commands, and of what they pressed.
import { titleOf, type RunnelError } from '@runnel/shared';
import type { LeftAlone } from '../workspace/find-left-alone.ts';
import type { FoundSecret } from '../workspace/find-secrets.ts';
import type { Pushed } from '../workspace/push-work.ts';
import type { RepositoryCommand } from '../workspace/repository-settings.ts';
import type { RepositoryRunEnd } from '../workspace/run-repository-command.ts';
import type { FinishedWork, Prepared, WorkEnd } from '../workspace/workspaces.ts';
import { fenced } from './spoken-words.ts';

const MOST_NAMED = 5;
const SHORT_HASH = 7;
const LONGEST_DIFF = 10_000;
const MOST_LINES = 15;

/** Below the answer. */
export function sayWork(work: WorkEnd): string {
  switch (work.kind) {
    case 'gone':
      return 'Nothing was committed: this folder is no git repository any more. Your files are kept; when I have slept, it is one again.';
    case 'unmerged':
      return 'Nothing was committed: a merge waits to be finished in your files.';
    case 'secret':
      return `Nothing was committed, because ${sayFound(work.found)}. Take it out, and the next turn commits the rest.`;
    case 'done':
      return [sayDone(work), sayPushed(work.pushed), ...sayLeftAlone(work.leftAlone)]
        .filter((part) => part !== '')
        .join(' ');
  }
}

function sayDone({ branch, repository, changes, head }: FinishedWork): string {
  const { files, added, removed } = changes;
  const counted = `${files} ${files === 1 ? 'file' : 'files'}, +${added} −${removed}`;
  return `${inCode(branch)} of ${inCode(repository)}: ${counted}, commit ${inCode(head.slice(0, SHORT_HASH))}.`;
}

function sayPushed(pushed: Pushed): string {
  const kept = 'It is kept here, and pushed after the next turn.';
  switch (pushed.kind) {
    case 'pushed':
      return pushed.rebased ? 'Somebody else had pushed to the branch too: yours stands on theirs now.' : '';
    case 'secret':
      return `Not pushed, because ${sayFound(pushed.found)}: it stands in a commit. Ask me to take it out of the branch's history.`;
    case 'conflict':
      return `Not pushed: somebody else changed the branch too, and it does not go together${inFiles(pushed.paths)}. Ask me to rebase onto \`origin\`.`;
    case 'refused':
      return `Not pushed, the repository refuses it: ${pushed.why}. It is kept here.`;
    case 'away':
      return `Not pushed yet: ${pushed.why}. ${kept}`;
  }
}

function inFiles(paths: readonly string[]): string {
  return paths.length === 0 ? '' : ` in ${paths.slice(0, MOST_NAMED).map(inCode).join(', ')}`;
}

function sayFound(found: readonly FoundSecret[]): string {
  const places = found.slice(0, MOST_NAMED).map(({ path, line, what }) => `${inCode(`${path}:${line}`)} (${what})`);
  const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : '';
  return `there seems to be a secret in ${places.join(', ')}${more}`;
}

function sayLeftAlone(leftAlone: readonly LeftAlone[]): string[] {
  const named = (why: LeftAlone['why']): string =>
    leftAlone
      .filter((one) => one.why === why)
      .slice(0, MOST_NAMED)
      .map(({ path }) => inCode(path))
      .join(', ');
  const [large, repositories, lfs] = [named('too_large'), named('repository'), named('lfs')];
  return [
    large === '' ? '' : `Too large to be committed: ${large}.`,
    repositories === ''
      ? ''
      : `Not committed, since each is a repository of its own: ${repositories}. Without its \`.git\` it is.`,
    lfs === ''
      ? ''
      : `Not committed, since Git LFS keeps such files and is not here: ${lfs}. They stay in the files of this thread.`,
  ];
}

export function sayPrepared(prepared: Prepared): string[] {
  switch (prepared) {
    case 'ready':
    case 'folder':
      return [];
    case 'partial':
      return [
        'Of this repository submodules are not fetched, and of what Git LFS keeps the pointers alone: the agent sees empty folders and small texts.',
      ];
    case 'stale':
      return ['Your repository does not answer now, so this works with what was fetched last.'];
    case 'repaired':
      return [
        'The history of this branch could not be brought back whole, so your files, as they were, count as one change to it.',
      ];
  }
}

export function sayFaults(faults: readonly string[]): string {
  return `\`.runnel.yml\` does not count: ${faults.slice(0, MOST_NAMED).join(' ')}`;
}

export function sayNotRun(command: RepositoryCommand): string {
  return `The ${command} of \`.runnel.yml\` is not run where an agent has to ask.`;
}

/** In one line, since it stands above the answer. */
export function saySetup(script: string, { kind, output }: RepositoryRunEnd): string[] {
  if (kind === 'passed') return [];
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  const said = last === '' ? '' : `: ${inCode(last)}`;
  return [
    `The setup ${inCode(titleOf(script))} of \`.runnel.yml\` ${kind === 'failed' ? 'failed' : 'took too long'}${said}`,
  ];
}

export function sayNotChecked(script: string): string {
  return `_${inCode(titleOf(script))} was not run: a runner ended in the middle of this before._`;
}

export function sayCheck(script: string, { kind, output }: RepositoryRunEnd): string {
  const name = inCode(titleOf(script));
  if (kind === 'passed') return `_${name} passed._`;
  const head = `${name} ${kind === 'failed' ? 'failed' : 'took too long and was ended'}`;
  const lines = output.trimEnd().split('\n').slice(-MOST_LINES).join('\n');
  return lines === '' ? `${head}.` : `${head}:\n${fenced(lines)}`;
}

export function sayNoRepository({ code, rawMessage }: RunnelError, isChosen: boolean): string {
  const back = isChosen ? ' What you chose is changed by `repo` and `branch`.' : '';
  return `Your repository cannot be used now, so nothing was run (${code}): ${rawMessage} Send it again when that is mended.${back}`;
}

export function sayPullRequest({ url, number }: { url: string; number: number }): string {
  return `Pull request #${number}: ${url}`;
}

export function sayDiff(patch: string): string {
  if (patch === '') return 'There is no difference.';
  const cut = patch.length > LONGEST_DIFF ? patch.slice(0, patch.lastIndexOf('\n', LONGEST_DIFF)) : patch;
  const rest = cut === patch ? '' : '\n\nThe rest is in the branch.';
  return `${fenced(cut, 'diff')}${rest}`;
}

export function sayNotDone({ code, rawMessage }: RunnelError): string {
  return `That could not be done (${code}): ${rawMessage}`;
}

export function sayNotCommitted({ code, rawMessage }: RunnelError): string {
  return `What changed could not be committed (${code}): ${rawMessage} Your files are kept; the next turn tries again.`;
}

function inCode(text: string): string {
  return `\`${text.replaceAll('`', 'ˋ').replaceAll(/\s/g, ' ')}\``;
}

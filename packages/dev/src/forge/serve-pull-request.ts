// The page of a pull request of the local forge: what it is called, why, and what it changes. To look at; merging is git's.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { html } from 'hono/html';
import type { FolderRepositories } from './folder-repositories.ts';

const LONGEST_DIFF = 4 * 1024 ** 2;

/** Undefined where there is none. */
export async function servePullRequest(repositories: FolderRepositories, name: string, number: number) {
  const repository = await repositories.find(name);
  const pull = repository?.pulls.find((one) => one.number === number);
  if (repository === undefined || pull === undefined) return undefined;
  const { title, body, branch, base } = pull;
  return html`<!doctype html>
    <meta charset="utf-8" />
    <title>${title}</title>
    <link rel="icon" href="/chat/page/icon.svg" />
    <link rel="stylesheet" href="/chat/page/style.css" />
    <link rel="stylesheet" href="/chat/page/pull-request.css" />
    <h1>${title} <small>#${number}</small></h1>
    <p><code>${branch}</code> into <code>${base}</code> of <code>${name}</code></p>
    <pre class="why">${body}</pre>
    <pre>${await readDiff(repository.folder, base, branch)}</pre>`;
}

async function readDiff(folder: string, base: string, branch: string): Promise<string> {
  const range = `refs/heads/${base}...refs/heads/${branch}`;
  const args = ['--git-dir', folder, 'diff', '--stat', '--patch', '--no-ext-diff', '--no-textconv', range, '--'];
  try {
    return (await promisify(execFile)('git', args, { maxBuffer: LONGEST_DIFF })).stdout;
  } catch {
    return 'The difference cannot be shown here: the branch is gone, or it is too large.';
  }
}

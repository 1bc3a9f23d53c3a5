// Builds the image of every process with docker, podman or buildah.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runVisibly } from '../bootstrap/run-visibly.mjs';
import { Advice } from '../bootstrap/stop-with-advice.mjs';
import { makeBase } from './make-base.mjs';

const PROCESSES = ['ingress', 'launcher', 'runner'];

/** Whose programs there are for a runner's image. */
export const AGENTS = ['claude', 'opencode', 'codex'];

/** What the images are built on: a name and tag, with a digest once `--pin-base` has written it. */
export function readBase(root) {
  return readFileSync(join(root, 'docker/base-image'), 'utf8').trim();
}

/**
 * Resolves to the names of the images.
 *
 * `tool` is the command with its global options; `secrets` are files by their ids, see the Dockerfile. `agent` is whose program is in
 * the runner's; `targets` are the processes.
 */
export async function buildImages({
  root,
  tool,
  prefix,
  tag,
  baseFromPackages,
  secrets,
  agent = 'none',
  targets = PROCESSES,
  env = process.env,
}) {
  const runTool = async ([verb, ...args], what) => {
    // What they build reaches mirrors as this machine does; docker has a network of its own that does.
    const options = tool[0] === 'docker' ? [] : ['--network=host', '--layers'];
    const { code } = await runVisibly(tool[0], [...tool.slice(1), verb, ...options, ...args], { cwd: root, env });
    if (code !== 0) throw new Advice(`${what} could not be built; the lines above say why.`);
  };
  const base = readBase(root);
  const name = base.replace(/@.*/, '');
  if (baseFromPackages && !hasImage(tool, name, env)) await makeBase({ root, name, runTool });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const values = { BASE: baseFromPackages ? name : base, AGENT: agent, VERSION: version, ...readOrigin(root) };
  const options = [
    ...Object.entries(values).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
    ...Object.entries(secrets).flatMap(([id, file]) => ['--secret', `id=${id},src=${file}`]),
  ];
  const images = [];
  for (const target of targets) {
    const image = `${prefix}/${target}:${tag}`;
    await runTool(['build', ...options, '--file', 'docker/Dockerfile', '--target', target, '--tag', image, '.'], image);
    images.push(image);
  }
  return images;
}

/** Where the source came from, as far as git can tell. */
function readOrigin(root) {
  const git = (...args) => {
    const { status, stdout } = spawnSync('git', ['-C', root, ...args], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : 'unknown';
  };
  const changed = ['', 'unknown'].includes(git('status', '--porcelain')) ? '' : '-changed';
  // A remote's address may hold a password.
  const source = git('remote', 'get-url', 'origin').replace(/\/\/[^/@]*@/, '//');
  return { REVISION: git('rev-parse', 'HEAD') + changed, SOURCE: source };
}

function hasImage(tool, name, env) {
  const [command, ...options] = tool;
  const args = ['inspect', '--type=image', name];
  return spawnSync(command, [...options, ...args], { stdio: 'ignore', env }).status === 0;
}

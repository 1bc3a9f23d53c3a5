// `npm run images`: builds the image of every process with docker, podman or buildah, and says what they are called.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap, root } from './bootstrap.mjs';
import { Advice, stopWithAdvice } from './bootstrap/stop-with-advice.mjs';
import { AGENTS, buildImages, readBase } from './images/build-images.mjs';
import { findContainerTool } from './images/find-container-tool.mjs';
import { resolveDigest } from './images/resolve-digest.mjs';

const usage = `Builds the images of ingress, launcher and runner.

Usage: npm run images -- [OPTION...]

  --prefix NAME          what their names begin with (default: localhost/runnel)
  --tag TAG              their tag (default: dev)
  --agent NAME           the runner's has the program of this agent in it: claude, opencode or codex (default: none of them)
  --tool TOOL            docker, podman or buildah (default: the first of them that works)
  --pin-base             asks the registry for the digest of the base and writes it to docker/base-image; builds nothing
  --base-from-packages   makes the base from Debian's packages and Node's npm package, where no image registry can be reached

Build secrets, which no layer keeps:
  --ca FILE              certificates in PEM: all that are to be trusted
  --npmrc FILE           an .npmrc that names a registry mirror
  --apt FILE             a sources.list of Debian bookworm that names a mirror
`;

const text = { type: 'string' };
const flag = { type: 'boolean' };
const OPTIONS = {
  prefix: text,
  tag: text,
  agent: text,
  tool: text,
  ca: text,
  npmrc: text,
  apt: text,
  'pin-base': flag,
  'base-from-packages': flag,
  help: { ...flag, short: 'h' },
};

await stopWithAdvice(async () => {
  const { values: wanted } = parseArgs({ options: OPTIONS });
  if (wanted.help) {
    console.log(usage);
    return 0;
  }
  if (wanted['pin-base']) return pinBase();
  const { prefix = 'localhost/runnel', tag = 'dev', agent } = wanted;
  if (agent !== undefined && !AGENTS.includes(agent)) {
    throw new Advice(`There is no agent called ${agent}: --agent ${AGENTS.join(', --agent ')}`);
  }
  const tool = [findContainerTool(wanted.tool)];
  const baseFromPackages = wanted['base-from-packages'] === true;
  // The base from packages takes its Node from ours.
  if (baseFromPackages) await bootstrap();
  else if (!readBase(root).includes('@')) console.error('The base is not pinned by its digest: --pin-base does that.');
  const images = await buildImages({
    root,
    tool,
    prefix,
    tag,
    agent,
    baseFromPackages,
    secrets: chosenSecrets(wanted),
  });
  console.log(images.join('\n'));
  return 0;
});

function chosenSecrets(wanted) {
  const given = ['ca', 'npmrc', 'apt'].filter((id) => wanted[id] !== undefined);
  return Object.fromEntries(given.map((id) => [id, resolve(wanted[id])]));
}

async function pinBase() {
  const name = readBase(root).replace(/@.*/, '');
  const pinned = `${name}@${await resolveDigest(name)}`;
  writeFileSync(join(root, 'docker/base-image'), `${pinned}\n`);
  console.log(pinned);
  return 0;
}

// What builds images on this machine: docker, podman or buildah, the first of them that works.
import { spawnSync } from 'node:child_process';
import { findProgram } from '../bootstrap/find-program.mjs';
import { Advice } from '../bootstrap/stop-with-advice.mjs';

const TOOLS = ['docker', 'podman', 'buildah'];

/** The name of a tool; `wanted` must be one of the three when it is given. */
export function findContainerTool(wanted) {
  if (wanted !== undefined && !TOOLS.includes(wanted)) {
    throw new Advice(`--tool must be one of ${TOOLS.join(', ')}; it is "${wanted}".`);
  }
  const found = (wanted === undefined ? TOOLS : [wanted]).find(works);
  if (found !== undefined) return found;
  throw new Advice(
    wanted === undefined
      ? 'Building images needs docker with a running daemon, podman or buildah: install one of them, for example with `apt-get install podman`.'
      : `${wanted} does not work here: \`${wanted} info\` says why.`,
  );
}

/** A docker without its daemon is a client only. */
function works(tool) {
  return findProgram(tool) !== undefined && spawnSync(tool, ['info'], { stdio: 'ignore' }).status === 0;
}

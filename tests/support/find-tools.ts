// The programs of one module of tests/tools, built where they are not built yet.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Resolves to the paths of a module's programs, by name. The first time takes minutes; the build's progress goes to stderr. */
export async function findTools(
  module: 'gcs' | 'kubernetes' | 'kwok' | 'toxiproxy',
): Promise<(name: string) => string> {
  const script = fileURLToPath(new URL('../../scripts/build-tools.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, module], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`The programs of tests/tools/${module} are not there; the lines above say why.`);
  const paths = JSON.parse(output) as Record<string, string>;
  return (name) => {
    const path = paths[name];
    if (path === undefined) throw new Error(`tests/tools/${module} has no program called ${name}.`);
    return path;
  };
}

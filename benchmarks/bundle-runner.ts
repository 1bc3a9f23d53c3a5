// Bundles the runner as the images do: one file, its renewal thread beside it, the Lua scripts beside both.
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const runner = fileURLToPath(new URL('../packages/runner/src/', import.meta.url));
const scripts = fileURLToPath(new URL('../packages/shared/src/redis/scripts', import.meta.url));

/** Resolves to the path of the bundled main file, in a temporary folder. */
export async function bundleRunner(thread: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'runnel-bundle-'));
  for (const entry of ['main', thread]) {
    const build = await rolldown({
      input: join(runner, `${entry}.ts`),
      platform: 'node',
      logLevel: 'silent',
    });
    await build.write({
      file: join(dir, `${entry}.mjs`),
      format: 'esm',
      codeSplitting: false,
    });
    await build.close();
  }
  await cp(scripts, join(dir, 'scripts'), { recursive: true });
  return join(dir, 'main.mjs');
}

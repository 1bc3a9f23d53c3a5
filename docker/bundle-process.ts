// Bundles a process as its image has it: one file, what it loads only where it is wanted, and beside it what the code reads by path.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

export const processes = ['ingress', 'launcher', 'runner'] as const;

export type ProcessName = (typeof processes)[number];

/** Writes `main.js` and all it needs but Node into `folder`; resolves to the path of `main.js`. */
export async function bundleProcess(name: ProcessName, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const entries = name === 'runner' ? ['main', 'redis-renewal-thread'] : ['main'];
  const input = entries.map((entry) => join(packages, name, 'src', `${entry}.ts`));
  await bundleEntries(input, folder);
  await cp(join(packages, 'shared/src/redis/scripts'), join(folder, 'scripts'), { recursive: true });
  if (name === 'ingress') await copyDashboardPages(folder);
  await writeFile(join(folder, 'package.json'), await manifest(name));
  return join(folder, 'main.js');
}

async function bundleEntries(input: string[], dir: string): Promise<void> {
  // Names stay as they are: a stack trace out of a cluster is worth more than the bytes.
  const build = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  const { output } = await build.write({
    dir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  });
  await build.close();
  const files = new Set(output.map(({ fileName }) => fileName));
  // What the bundler does not find it leaves as an import, which an image without packages cannot serve.
  const missing = output
    .flatMap((part) => (part.type === 'chunk' ? [...part.imports, ...part.dynamicImports] : []))
    .filter((name) => !isBuiltin(name) && !files.has(name));
  if (missing.length > 0) throw new Error(`${input[0]} needs packages that are not installed: ${missing.join(', ')}`);
}

/** The dashboard finds its pages as a package, so that is what they stay. */
async function copyDashboardPages(folder: string): Promise<void> {
  const { resolve } = createRequire(join(packages, 'ingress/src/main.ts'));
  // A package of ingress, and none of ours.
  const pages = dirname(resolve('@bull-board/ui/package.json'));
  const copy = join(folder, 'node_modules/@bull-board/ui');
  await cp(join(pages, 'dist'), join(copy, 'dist'), { recursive: true });
  await cp(join(pages, 'package.json'), join(copy, 'package.json'));
}

/** Tells Node that the files are modules, and a reader which ones. */
async function manifest(name: ProcessName): Promise<string> {
  // oxlint-disable-next-line no-unsafe-type-assertion -- a file of ours
  const { version } = JSON.parse(await readFile(join(packages, name, 'package.json'), 'utf8')) as { version: string };
  return `${JSON.stringify({ name: `@runnel/${name}`, version, private: true, type: 'module' })}\n`;
}

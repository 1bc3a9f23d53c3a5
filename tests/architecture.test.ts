// The walls stand: each is run into on purpose, and what the linter cannot see is looked at here.
import { copyFile, glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** File -> [its source, what the linter's message must hold]. */
const VIOLATIONS: Record<string, [source: string, message: string]> = {
  'packages/shared/src/a-port.ts': [importing('@runnel/launcher'), 'shared imports none of ours'],
  'packages/shared/src/slack/slack-text.ts': [importing('@runnel/runner'), 'shared imports none of ours'],
  'packages/shared/src/lease.ts': [importing('./redis/redis-keys.ts'), 'Vocabulary and ports know no vendor'],
  'packages/ingress/src/append-envelope.ts': [importing('@runnel/launcher'), 'They meet in Redis'],
  'packages/launcher/src/start-runner.ts': [importing('@runnel/runner/main'), 'They meet in Redis'],
  'packages/runner/src/main.ts': [importing('@runnel/ingress'), 'They meet in Redis'],
  'packages/runner/src/redis-thing.ts': [importing('@runnel/dev'), 'They meet in Redis'],
  'packages/ingress/src/a.test.ts': [importing('@runnel/runner'), 'They meet in Redis'],
  'packages/ingress/src/again.ts': [exporting('@runnel/runner'), 'They meet in Redis'],
  'packages/cli/src/explain-message.ts': [importing('@runnel/launcher'), 'They meet in Redis'],
  'packages/cli/src/read-facts.ts': [importing('./redis-facts.ts'), 'A stage knows ports'],
  'packages/launcher/src/ask-operator.ts': [importing('@runnel/cli'), 'They meet in Redis'],
  'packages/dev/src/use-cli.ts': [importing('@runnel/cli'), 'look at the product from outside'],
  'packages/dev/src/open-workspace.ts': [importing('@runnel/tests'), 'look at the product from outside'],
  'packages/dev/src/serve-page.ts': [importing('@runnel/shared/testing'), 'Test support does not run in a process'],
  'packages/launcher/src/main.ts': [importing('@runnel/shared/testing'), 'Test support does not run in a process'],
  'packages/runner/src/run-turn.ts': [importing('./shell-agent-provider.ts'), 'A stage knows ports'],
  'packages/launcher/src/reconcile.ts': [importing('./backends/process-pod-backend.ts'), 'A stage knows ports'],
  'packages/launcher/src/stages/sweep.ts': [importing('../kubernetes-pod-backend.ts'), 'A stage knows ports'],
  'packages/ingress/src/wake-user.ts': [importing('@runnel/shared/redis'), 'A stage knows ports'],
  'packages/launcher/src/decide-backoff.ts': [importing('node:fs'), 'pure policy'],
  'packages/runner/src/decide-retry.ts': [importing('ioredis'), 'pure policy'],
  'packages/ingress/src/decide-owner.ts': [importing('./slack-web.ts'), 'A stage knows ports'],
  'packages/ingress/src/decide-time.ts': ['export const now = Date.now();\n', 'take the time'],
  'packages/ingress/src/deep.ts': [importing('@runnel/shared/src/lease.ts'), 'entered by its doors'],
  'packages/runner/src/sideways.ts': [importing('../../launcher/src/sweep.ts'), 'entered by its doors'],
  'tests/story.test.ts': [importing('@runnel/dev/src/slack/workspace.ts'), 'entered by its doors'],
  'packages/ingress/src/use-main.ts': [importing('./main.ts'), 'wires one process'],
  'benchmarks/speed.ts': [importing('../packages/runner/src/main.ts'), 'entered by its doors'],
  'packages/runner/src/read-setting.ts': ['export const setting = process.env;\n', 'process.env'],
};

const ALLOWED: Record<string, string> = {
  'packages/ingress/src/main.ts': exporting('./slack-events.ts') + exporting('@runnel/shared/redis'),
  'packages/launcher/src/redis-places.ts': exporting('@runnel/shared/redis') + exporting('ioredis'),
  'packages/launcher/src/reconcile.test.ts': exporting('./memory-pod-backend.ts') + exporting('@runnel/shared/testing'),
  'packages/runner/src/decide-next.ts': `export type { Redis } from 'ioredis';\n${exporting('@runnel/shared')}`,
  'packages/dev/src/main.ts': exporting('@runnel/shared'),
  'tests/fine.test.ts': exporting('@runnel/dev') + exporting('@runnel/shared/testing'),
};

interface Diagnostic {
  readonly filename: string;
  readonly message: string;
  readonly help?: string;
}

describe('the linter keeps the walls', () => {
  let house: string;
  let diagnostics: Diagnostic[];

  beforeAll(async () => {
    house = await mkdtemp(join(tmpdir(), 'runnel-walls-'));
    const violations = Object.entries(VIOLATIONS).map(([file, [source]]) => [file, source] as const);
    for (const [file, source] of [...violations, ...Object.entries(ALLOWED)]) {
      await mkdir(dirname(join(house, file)), { recursive: true });
      await writeFile(join(house, file), source, { flag: 'wx' });
    }
    await symlink(join(root, 'node_modules'), join(house, 'node_modules'));
    for (const file of ['oxlint.config.ts', 'oxlint.walls.ts']) await copyFile(join(root, file), join(house, file));
    const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
    const { stdout } = await execa(process.execPath, [oxlint, '-f', 'json', 'packages', 'tests', 'benchmarks'], {
      cwd: house,
      reject: false,
    });
    ({ diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] });
  });

  afterAll(() => rm(house, { recursive: true }));

  test.each(Object.entries(VIOLATIONS))('%s', (file, [, message]) => {
    expect(said(file)).toContain(message);
  });

  test.each(Object.keys(ALLOWED))('%s is left in peace', (file) => {
    expect(said(file)).toBe('');
  });

  test('every wall is run into above', async () => {
    const walls = await readFile(join(root, 'oxlint.walls.ts'), 'utf8');
    const messages = [...walls.matchAll(/message:\s+'([^']+)'/g)].map(([, message]) => message ?? '');
    expect(messages.length).toBeGreaterThan(5);
    const heard = diagnostics.map((each) => `${each.message} ${each.help ?? ''}`).join('\n');
    expect(messages.filter((message) => !heard.includes(message))).toEqual([]);
  });

  function said(file: string): string {
    return diagnostics
      .filter((each) => each.filename === file)
      .map((each) => `${each.message} ${each.help ?? ''}`)
      .join('\n');
  }
});

describe('what the linter cannot see', () => {
  test.each(['ingress', 'launcher', 'runner', 'cli'])('%s depends on nothing of ours but shared', async (name) => {
    const { dependencies, devDependencies } = await readManifest(`packages/${name}/package.json`);
    const ours = Object.keys({ ...dependencies, ...devDependencies }).filter((each) => each.startsWith('@runnel/'));
    expect(ours).toEqual(['@runnel/shared']);
  });

  test('shared depends on nothing of ours', async () => {
    const { dependencies, devDependencies } = await readManifest('packages/shared/package.json');
    expect(Object.keys({ ...dependencies, ...devDependencies }).join()).not.toContain('@runnel/');
  });

  test('doors are listed one by one', async () => {
    for await (const file of glob('packages/*/package.json', { cwd: root })) {
      const { exports = {} } = await readManifest(file);
      expect(JSON.stringify(exports), file).not.toContain('*');
    }
  });

  test('a package is not imported around the linter, by import()', async () => {
    const found = [];
    for await (const file of sources()) {
      const source = await readFile(join(root, file), 'utf8');
      if (/\bimport\(\s*['"`](@runnel\/|\.\.\/.*\bsrc\/)/.test(source)) found.push(file);
    }
    expect(found).toEqual([]);
  });

  test('whoever silences a rule says why, after --', async () => {
    const found = [];
    for await (const file of sources()) {
      const lines = (await readFile(join(root, file), 'utf8')).split('\n');
      for (const line of lines) if (/(ox|es)lint-disable(?!.* -- \S)/.test(line)) found.push(`${file}: ${line.trim()}`);
    }
    expect(found).toEqual([]);
  });
});

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly exports?: Record<string, string>;
}

async function readManifest(file: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, file), 'utf8')) as Manifest;
}

async function* sources(): AsyncGenerator<string> {
  yield* glob(['packages/*/src/**/*.{ts,js}', 'benchmarks/*.ts', 'scripts/**/*.mjs'], { cwd: root });
}

function importing(specifier: string): string {
  return `import { thing } from '${specifier}';\nexport const its = thing;\n`;
}

function exporting(specifier: string): string {
  return `export { thing as thing${specifier.replaceAll(/\W/g, '')} } from '${specifier}';\n`;
}
